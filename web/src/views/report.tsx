/** One examination: verdict and trust first, then where, then why. */
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import {
  ask,
  query,
  Refused,
  send,
  translate,
  type Answer,
  type Case,
  type Examination,
  type Layers,
  type Report,
  type Words,
} from "../api";
import { Confirm, Icon, Sentences, Sign } from "../parts/basics";
import { announce, cases, complain, follow, go, listCases, progress, remove } from "../state";
import { bytes, language, printable, ratio, share, t, when } from "../text";
import { Ask } from "./ask";
import { File } from "./file";
import { Findings } from "./findings";
import { Pixels } from "./pixels";
import { Reasons } from "./reasons";
import { Viewer, type Control } from "./viewer";

// What the head says: the verdict and how far to trust it. Why comes later.
const FIRST = ["verdict", "trust"];
const TABS = ["reasons", "findings", "pixels", "file", "ask"] as const;
type Tab = (typeof TABS)[number];

/** Fetch the words of a report, unless it was made in English and is read in English. */
async function inWords(id: string, made: string): Promise<Words | null> {
  if (made === "en" && language.value === "en") return null;
  return ask<Words>("GET", `/v1/reports/${id}/words${query({ lang: language.value })}`);
}

export function ReportView({ id }: { id: string }): JSX.Element {
  const [found, setFound] = useState<Examination | null>(null);
  const [made, setReport] = useState<Report | null>(null);
  const [words, setWords] = useState<Words | null>(null);
  const [layers, setLayers] = useState<Layers | null>(null);
  const [others, setOthers] = useState<Examination[]>([]);
  const [lost, setLost] = useState("");
  const [tab, setTab] = useState<Tab>("reasons");
  const control = useRef<Control | null>(null);

  useEffect(() => {
    let gone = false;
    void (async () => {
      try {
        let now = await ask<Examination>("GET", `/v1/examinations/${id}`);
        if (gone) return;
        setFound(now);
        if (now.state === "queued" || now.state === "running") {
          await follow(id);
          if (gone) return;
        }
        // The report says whether there is one; the record is fetched beside it.
        const [whole, drawn, again, said] = await Promise.allSettled([
          ask<Report>("GET", `/v1/reports/${id}`),
          ask<Layers>("GET", `/v1/reports/${id}/layers`),
          ask<Examination>("GET", `/v1/examinations/${id}`),
          inWords(id, now.language),
        ]);
        if (gone) return;
        if (again.status === "fulfilled") now = again.value;
        setFound(now);
        if (whole.status === "rejected") throw whole.reason;
        if (said.status === "fulfilled") setWords(said.value);
        setReport(whole.value);
        if (drawn.status === "fulfilled") setLayers(drawn.value);
        const list = await ask<{ examinations: Examination[] }>("GET", `/v1/examinations${query({ state: "done", limit: 100 })}`);
        if (!gone) setOthers(list.examinations.filter((e) => e.id !== id));
      } catch (error) {
        if (!gone) setLost(error instanceof Refused && error.message ? error.message : t("refused"));
      }
    })();
    listCases().catch(complain);
    return () => {
      gone = true;
    };
  }, [id]);

  // The page may be in another language than the report was made in.
  const spoken = words?.language ?? made?.explanation.language;
  useEffect(() => {
    if (made && spoken !== language.value) inWords(id, "").then(setWords).catch(complain);
  }, [made, spoken, language.value]);
  const report = useMemo(() => (made && words ? translate(made, words) : made), [made, words]);

  useEffect(() => {
    document.title = found ? `${printable(found.name)} · locard` : "locard";
  }, [found]);

  // A citation anywhere leads to its finding.
  useEffect(() => {
    const open = (event: Event) => {
      setTab("findings");
      const name = (event as CustomEvent<string>).detail;
      requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          const card = document.getElementById(name) as HTMLDetailsElement | null;
          if (!card) return;
          card.open = true;
          card.scrollIntoView({ block: "start" });
          card.querySelector("summary")?.focus();
        }),
      );
    };
    const key = (event: Event) => {
      const pressed = (event as CustomEvent<string>).detail;
      if (pressed === "/") {
        setTab("ask");
        requestAnimationFrame(() => document.getElementById("question")?.focus());
      } else control.current?.key(pressed);
    };
    addEventListener("locard-finding", open);
    addEventListener("locard-key", key);
    return () => {
      removeEventListener("locard-finding", open);
      removeEventListener("locard-key", key);
    };
  }, []);

  const chooseRegion = (number: number) => {
    setTab("reasons");
    requestAnimationFrame(() =>
      document.querySelector(`#region-${number}`)?.scrollIntoView({ block: "nearest" }),
    );
  };

  return (
    <main class="report" id="main">
      <section class="verdict" aria-label={t("verdict")}>
        {report && found ? (
          <Head report={report} found={found} changed={setFound} />
        ) : lost ? (
          <>
            {found && <p class="eyebrow">{printable(found.name)}</p>}
            <h1>{found ? t("state-failed") : t("no-report")}</h1>
            <p class="summary">{lost}</p>
            <div class="buttons">
              <a class="button" href="#/">
                {t("all-examinations")}
              </a>
              {found && <Remove found={found} />}
            </div>
          </>
        ) : (
          <Waiting found={found} />
        )}
      </section>
      {!(lost && !found) && (
        <Viewer key={id} id={id} report={report} layers={layers} others={others} control={control} choose={chooseRegion} />
      )}
      {report && (
        <section class="rest">
          <Tabs tab={tab} choose={setTab} />
          <div class="tab" role="tabpanel" id={`panel-${tab}`} aria-labelledby={`tab-${tab}`} tabIndex={-1}>
            {tab === "reasons" && <Reasons report={report} control={control} />}
            {tab === "findings" && <Findings report={report} control={control} />}
            {tab === "pixels" && <Pixels id={id} report={report} control={control} />}
            {tab === "file" && <File id={id} report={report} />}
            {tab === "ask" && <Ask id={id} />}
          </div>
        </section>
      )}
    </main>
  );
}

function Tabs({ tab, choose }: { tab: Tab; choose: (tab: Tab) => void }): JSX.Element {
  return (
    <div class="tabs" role="tablist" aria-label={t("report")}>
      {TABS.map((name, i) => (
        <button
          key={name}
          id={`tab-${name}`}
          role="tab"
          aria-selected={tab === name}
          aria-controls={tab === name ? `panel-${name}` : undefined}
          tabIndex={tab === name ? 0 : -1}
          onClick={() => choose(name)}
          onKeyDown={(event) => {
            const steps: Record<string, number> = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: TABS.length - 1 };
            const to = steps[event.key];
            if (to === undefined) return;
            event.preventDefault();
            const next = TABS[(to + TABS.length) % TABS.length]!;
            choose(next);
            document.getElementById(`tab-${next}`)?.focus();
          }}
        >
          {t(`tab-${name}`)}
        </button>
      ))}
    </div>
  );
}

function Head(props: { report: Report; found: Examination; changed: (found: Examination) => void }): JSX.Element {
  const { report, found } = props;
  const { exhibit, opinion } = report;
  const unsure = (a: Answer) =>
    a.probability > opinion.inconclusive_between[0] && a.probability < opinion.inconclusive_between[1];
  // Where nothing was weighed, the probability is the stated prior and no answer.
  const examined = new Set(report.findings.filter((f) => f.log10_lr !== null).map((f) => f.question));
  const says = (question: string, a: Answer) =>
    examined.has(question) ? (unsure(a) ? t("undecided") : "") : t("not-examined");
  return (
    <>
      <p class="eyebrow" title={printable(exhibit.name)}>
        {printable(exhibit.name)}
      </p>
      <h1 class={opinion.verdict}>
        <Sign verdict={opinion.verdict} />
        {t(`headline-${opinion.verdict}`)}
      </h1>
      <p class="summary">
        <Sentences claims={report.explanation.lay.filter((claim) => FIRST.includes(claim.kind))} />
      </p>
      {exhibit.notes.length > 0 && (
        <ul class="notes">
          {exhibit.notes.map((note, i) => (
            <li key={i}>{printable(note)}</li>
          ))}
        </ul>
      )}
      <div class="answers">
        {Object.entries(opinion.questions).map(([question, answer]) => (
          <Gauge
            key={question}
            question={question}
            answer={answer}
            band={opinion.inconclusive_between}
            says={says(question, answer)}
          />
        ))}
      </div>
      <Actions found={found} changed={props.changed} />
    </>
  );
}

/** How probable, on a track with the band in which nothing is decided; and how stable. */
function Gauge(props: { question: string; answer: Answer; band: [number, number]; says: string }): JSX.Element {
  const { answer, band, question } = props;
  const title = question === "generated" ? t("ask-generated") : question === "edited" ? t("ask-edited") : question;
  const percent = (v: number) => `${100 * v}%`;
  const stability =
    answer.stability === null ? t("not-measured") : answer.contradicted ? t("turns-over") : share(answer.stability);
  return (
    <div class="gauge">
      <h2>{title}</h2>
      <p class="big">
        {share(answer.probability)} <small>{props.says}</small>
      </p>
      <div
        class="track"
        role="img"
        aria-label={t("track", {
          probability: share(answer.probability),
          low: share(band[0]),
          high: share(band[1]),
        })}
      >
        <i class="band" style={{ left: percent(band[0]), width: percent(band[1] - band[0]) }} />
        <i class="dot" style={{ left: percent(Math.min(0.985, Math.max(0.015, answer.probability))) }} />
      </div>
      <dl>
        <div>
          <dt>{t("likelihood-ratio")}</dt>
          <dd>{ratio(answer.log10_lr)}</dd>
        </div>
        <div>
          <dt>{t("prior")}</dt>
          <dd>{share(answer.prior)}</dd>
        </div>
        <div class={answer.contradicted ? "warn" : ""}>
          <dt>{t("when-resaved")}</dt>
          <dd>
            {answer.stability !== null && (
              <span class="meter" aria-hidden="true">
                <i style={{ width: percent(answer.stability) }} />
              </span>
            )}{" "}
            {stability}
          </dd>
        </div>
      </dl>
    </div>
  );
}

function Actions(props: { found: Examination; changed: (found: Examination) => void }): JSX.Element {
  const { found } = props;
  const [busy, setBusy] = useState("");
  const download = async (format: string) => {
    setBusy(format);
    try {
      const answer = await send("GET", `/v1/reports/${found.id}?format=${format}`);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await answer.blob());
      const stem = found.name.replace(/\.[^.]*$/, "").replace(/[\\/:*?"<>|\p{Cc}\p{Cf}]/gu, "_") || "report";
      link.download = `${stem}.locard.${format}`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
      announce(t("downloaded", { format: format.toUpperCase() }));
    } catch (error) {
      complain(error);
    } finally {
      setBusy("");
    }
  };
  const move = async (to: string) => {
    try {
      props.changed(await ask<Examination>("PATCH", `/v1/examinations/${found.id}`, { case: to || null }));
    } catch (error) {
      complain(error);
    }
  };
  return (
    <div class="actions">
      <div class="group" role="group" aria-label={t("download")}>
        {["json", "html", "pdf"].map((format) => (
          <button key={format} data-download={format} disabled={busy !== ""} onClick={() => void download(format)}>
            <Icon name="download" /> {busy === format ? "…" : format.toUpperCase()}
          </button>
        ))}
      </div>
      <select aria-label={t("case")} value={found.case ?? ""} onChange={(e) => void move(e.currentTarget.value)}>
        <option value="">{t("no-case")}</option>
        {cases.value.map((c: Case) => (
          <option key={c.id} value={c.id}>
            {c.title}
          </option>
        ))}
      </select>
      <Remove found={found} />
    </div>
  );
}

function Remove({ found }: { found: Examination }): JSX.Element {
  const [asked, setAsked] = useState(false);
  return (
    <>
      <button class="quiet" data-act="delete" onClick={() => setAsked(true)}>
        <Icon name="trash" /> {t("delete")}
      </button>
      {asked && (
        <Confirm
          question={t("delete-question", { name: printable(found.name) })}
          action={t("delete")}
          act={() =>
            remove(found.id)
              .then(() => go())
              .catch(complain)
          }
          close={() => setAsked(false)}
        />
      )}
    </>
  );
}

function Waiting({ found }: { found: Examination | null }): JSX.Element {
  const [ended, setEnded] = useState<string[]>([]);
  const now = found ? progress.value[found.id] : undefined;
  useEffect(() => {
    if (now?.method) setEnded((list) => (list.includes(now.method!) ? list : [now.method!, ...list]));
  }, [now]);
  if (!found) return <p class="soft">{t("loading")}</p>;
  const total = now?.total ?? 0;
  return (
    <>
      <p class="eyebrow">{found.name}</p>
      <h1>{now?.state === "running" ? t("examining") : t("waiting")}</h1>
      <progress max={total || 1} value={total ? now!.done : 0} aria-label={t("progress")} />
      <p class="soft">
        {total ? t("methods-done", { done: now!.done, total }) : t("state-queued")} · {bytes(found.size)} ·{" "}
        {when(found.created)}
      </p>
      <ol class="steps" reversed>
        {ended.map((method) => (
          <li key={method}>{method}</li>
        ))}
      </ol>
      <p class="hidden" aria-live="polite">
        {total && now!.done % 5 === 0 ? t("methods-done", { done: now!.done, total }) : ""}
      </p>
    </>
  );
}

