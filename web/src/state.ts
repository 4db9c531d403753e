/** What all parts of the page share. */
import { signal } from "@preact/signals";
import { ask, onSignedOut, query, Refused, type Case, type Examination, type Progress } from "./api";
import { t } from "./text";

// Where the reader is: the part of the address after "#".

export const route = signal(read());

function read(): string[] {
  return location.hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);
}

addEventListener("hashchange", () => {
  route.value = read();
  scrollTo(0, 0);
});

export function go(...parts: string[]): void {
  location.hash = `/${parts.map(encodeURIComponent).join("/")}`;
}

// What is said to a screen reader, and what went wrong.

export const said = signal("");
export const problem = signal("");

export function announce(text: string): void {
  said.value = "";
  setTimeout(() => (said.value = text), 50);
}

/** Show why something was not done. */
export function complain(error: unknown): void {
  if (error instanceof Refused) {
    if (error.status === 401) return;
    problem.value = error.message || t(error.status === 0 ? "no-answer" : "refused");
  } else {
    problem.value = t("refused");
    console.error(error);
  }
}

// Who is signed in.

export interface Session {
  keys: boolean;
  owner: string | null;
}

export const session = signal<Session | null>(null);
onSignedOut(() => {
  session.value = { keys: true, owner: null };
});

export async function loadSession(): Promise<void> {
  try {
    session.value = await ask<Session>("GET", "/v1/session");
  } catch (error) {
    complain(error);
  }
}

// Light or dark: the system's choice, unless the reader made one.

export type Theme = "system" | "light" | "dark";
export const theme = signal<Theme>((localStorage.getItem("locard-theme") as Theme) || "system");

export function paint(chosen: Theme): void {
  theme.value = chosen;
  localStorage.setItem("locard-theme", chosen);
  document.documentElement.dataset["theme"] = chosen;
}

export const calm = matchMedia("(prefers-reduced-motion: reduce)");

// Examinations and cases.

export const examinations = signal<Examination[]>([]);
export const more = signal<string | null>(null);
export const cases = signal<Case[]>([]);
export const progress = signal<Record<string, Progress>>({});

let listed: { search: string; case: string | null } = { search: "", case: null };

export async function listExaminations(search: string, inCase: string | null): Promise<void> {
  listed = { search, case: inCase };
  const page = await ask<Page>("GET", `/v1/examinations${query({ search, case: inCase })}`);
  if (listed.search !== search || listed.case !== inCase) return;
  examinations.value = page.examinations;
  more.value = page.next;
  watch();
}

interface Page {
  examinations: Examination[];
  next: string | null;
}

export async function listMore(): Promise<void> {
  const page = await ask<Page>(
    "GET",
    `/v1/examinations${query({ ...listed, after: more.value })}`,
  );
  examinations.value = [...examinations.value, ...page.examinations];
  more.value = page.next;
  watch();
}

export async function listCases(search = "", tag = ""): Promise<void> {
  const found: Case[] = [];
  let after: string | null = "";
  while (after !== null) {
    const page: { cases: Case[]; next: string | null } = await ask(
      "GET",
      `/v1/cases${query({ search, tag, after, limit: 500 })}`,
    );
    found.push(...page.cases);
    after = page.next;
  }
  cases.value = found;
}

function replace(found: Examination): void {
  examinations.value = examinations.value.map((e) => (e.id === found.id ? found : e));
}

/** Put what was just accepted on top of the list, and follow it. */
export function accept(accepted: Examination[]): void {
  if (listed.search || listed.case) return;
  examinations.value = [...accepted.toReversed(), ...examinations.value];
  watch();
}

export async function remove(id: string): Promise<void> {
  await ask("DELETE", `/v1/examinations/${id}`);
  examinations.value = examinations.value.filter((e) => e.id !== id);
  announce(t("deleted"));
}

// A browser keeps few connections to a service, and each that is followed holds one.
const MOST_FOLLOWED = 2;
const followed = new Map<string, Promise<void>>();

/** Follow the examinations of the list that are next to end. */
function watch(): void {
  const open = examinations.value.filter((e) => e.state === "queued" || e.state === "running");
  for (const found of open.toReversed()) {
    if (followed.size >= MOST_FOLLOWED) break;
    void follow(found.id);
  }
}

/** Follow an examination until it has ended; then it is replaced in the list. */
export function follow(id: string): Promise<void> {
  const before = followed.get(id);
  if (before) return before;
  const ended = wait(id).then((onwards) => {
    followed.delete(id);
    if (onwards) watch();
  });
  followed.set(id, ended);
  return ended;
}

/** Wait until an examination has ended, and say so; whether others are to be followed. */
async function wait(id: string): Promise<boolean> {
  for (;;) {
    await listen(id);
    try {
      const found = await ask<Examination>("GET", `/v1/examinations/${id}`);
      replace(found);
      if (found.state !== "queued" && found.state !== "running") {
        const verdict = t(found.verdict ? `headline-${found.verdict}` : "state-failed");
        announce(t("ended", { name: found.name, verdict }));
        return true;
      }
    } catch (error) {
      // It was deleted; or nobody is signed in any more, and then nothing is to be followed.
      const status = error instanceof Refused ? error.status : 0;
      if (status >= 400 && status < 500) return status === 404;
    }
    // The service is away, or something between cut the line: the examination may still run.
    await new Promise((again) => setTimeout(again, 3000));
  }
}

/** Resolve when an examination has ended, or the service says no more of it. */
function listen(id: string): Promise<void> {
  return new Promise((resolve) => {
    const source = new EventSource(`/v1/examinations/${id}/events`);
    const end = () => {
      source.close();
      resolve();
    };
    const step = (event: MessageEvent<string>) => {
      const now = JSON.parse(event.data) as Progress;
      progress.value = { ...progress.value, [id]: now };
      replaceState(id, now);
      if (now.state === "done" || now.state === "failed") end();
    };
    for (const state of ["queued", "running", "done", "failed"]) {
      source.addEventListener(state, step as EventListener);
    }
    source.onerror = () => {
      // The browser tries again by itself; it gives up when there is no such examination.
      if (source.readyState === EventSource.CLOSED) end();
    };
  });
}

function replaceState(id: string, now: Progress): void {
  const found = examinations.value.find((e) => e.id === id);
  if (found && found.state !== now.state && now.state === "running") {
    replace({ ...found, state: now.state });
  }
}

// What the reader points at: regions, sentences and findings light each other up.

export interface Pointed {
  region: number | null;
  findings: string[];
}

const nothing: Pointed = { region: null, findings: [] };
export const pointed = signal<Pointed>(nothing);

export function pointAt(region: number | null, findings: string[] = []): void {
  pointed.value = { region, findings };
}

export function pointAway(): void {
  pointed.value = nothing;
}

export const singleKeys = signal(localStorage.getItem("locard-keys") !== "off");

export function allowSingleKeys(on: boolean): void {
  singleKeys.value = on;
  localStorage.setItem("locard-keys", on ? "on" : "off");
}
