/** What goes over the wire (the schema is /openapi.json), and how it is fetched. */

export type State = "queued" | "running" | "done" | "failed";
export type Verdict = "authentic" | "edited" | "generated" | "inconclusive";
export type Box = [x: number, y: number, width: number, height: number];

export interface Examination {
  id: string;
  name: string;
  sha256: string;
  size: number;
  state: State;
  profile: string;
  language: string;
  case: string | null;
  verdict: Verdict | null;
  error: string | null;
  created: string;
  ended: string | null;
}

export interface Progress {
  state: State;
  method: string | null;
  done: number;
  total: number;
  error: string | null;
}

export interface Claim {
  text: string;
  findings: string[];
  kind: string;
  region: number | null;
  box: Box | null;
}

export interface Answer {
  probability: number;
  log10_lr: number;
  prior: number;
  stability: number | null;
  contradicted: boolean;
}

export interface Region {
  box: Box;
  area: number;
  strength: number;
  findings: string[];
  place: { names: string[] } | null;
}

export type Fact = boolean | number | string | null | (boolean | number | string | null)[];

export interface Finding {
  id: string;
  method: string;
  title: string;
  question: string | null;
  status: "observed" | "derived" | "inferred" | "not_applicable";
  counted: boolean;
  score: number | null;
  log10_lr: number | null;
  weight: number | null;
  calibration: {
    basis: "fitted" | "stated";
    why: string;
    data: string | null;
    proposition: number | null;
    alternative: number | null;
    figures: Record<string, number>;
  } | null;
  map: string | null;
  says: string;
  facts: Record<string, Fact>;
  limitations: string[];
  innocent: string[];
  reason: string | null;
  source: string;
}

export interface Report {
  locard: string;
  profile: string;
  exhibit: {
    name: string;
    sha256: string;
    format: string;
    width: number;
    height: number;
    size: number;
    bit_depth: number;
    colour: boolean;
    alpha: boolean;
    frames: number;
    orientation: number;
    notes: string[];
  };
  opinion: {
    verdict: Verdict;
    why: string;
    inconclusive_between: [number, number];
    questions: Record<string, Answer>;
  };
  localization: { reliable_share: number; regions: Region[] };
  findings: Finding[];
  explanation: { language: string; summary: string; lay: Claim[]; claims: Claim[] };
  timing: { total_s: number; methods: Record<string, number> };
}

/** The sentences of a report in another language. */
export interface Words {
  language: string;
  lay: Claim[];
  claims: Claim[];
  findings: Record<string, Pick<Finding, "title" | "says" | "reason" | "limitations" | "innocent">>;
}

/** Say a report in the language of words. */
export function translate(report: Report, words: Words): Report {
  const { language, lay, claims } = words;
  return {
    ...report,
    explanation: { ...report.explanation, language, lay, claims },
    findings: report.findings.map((finding) => ({ ...finding, ...words.findings[finding.id] })),
  };
}

export interface Layer {
  name: string;
  kind: "picture" | "heat" | "mask" | "reliability";
  finding: string | null;
  tiles: string;
  map: string | null;
}

export interface Layers {
  width: number;
  height: number;
  orientation: number;
  layers: Layer[];
}

export interface Case {
  id: string;
  title: string;
  notes: string;
  tags: string[];
  created: string;
  examinations: number;
}

export interface Reply {
  text: string;
  claims: Claim[];
  topics: string[];
}

export interface Histogram {
  red: number[];
  green: number[];
  blue: number[];
  luma: number[];
}

export type Plain = string | number | boolean | null | Plain[] | { [name: string]: Plain };

/** The service refused; the message is its sentence. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

let signedOut = () => {};

/** Say what to do when the service asks for a key. */
export function onSignedOut(action: () => void): void {
  signedOut = action;
}

/** Fetch from the service. */
export async function send(method: string, path: string, body?: BodyInit | object): Promise<Response> {
  const plain = body !== undefined && !(body instanceof FormData);
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      body: plain ? JSON.stringify(body) : (body as BodyInit | undefined),
      headers: plain ? { "content-type": "application/json" } : {},
      credentials: "same-origin",
    });
  } catch {
    throw new Refused("", 0);
  }
  if (!answer.ok) {
    if (answer.status === 401 && path !== "/v1/session") signedOut();
    let detail = "";
    try {
      detail = ((await answer.json()) as { detail?: string }).detail ?? "";
    } catch {
      // Not of this service: a proxy, perhaps.
    }
    throw new Refused(detail, answer.status);
  }
  return answer;
}

/** Fetch JSON from the service. */
export async function ask<T>(method: string, path: string, body?: BodyInit | object): Promise<T> {
  const answer = await send(method, path, body);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

/** Write a query; what is empty is left out. */
export function query(values: Record<string, string | number | boolean | null | undefined>): string {
  const given = Object.entries(values).filter(([, v]) => v !== null && v !== undefined && v !== "");
  return given.length ? `?${new URLSearchParams(given.map(([k, v]) => [k, String(v)]))}` : "";
}
