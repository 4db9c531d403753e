/** What each method observed, and how much it weighs. */
import type { JSX } from "preact";
import type { Finding, Report } from "../api";
import { Icon, LrBar, strongestFirst } from "../parts/basics";
import { pointAt, pointAway, pointed } from "../state";
import { decimal, fact, isNeutral, known, printable, ratio, support, t, whole } from "../text";
import type { Control } from "./viewer";

const sentence = (text: string) => {
  const plain = printable(text.trim());
  return plain && plain[0]!.toUpperCase() + plain.slice(1) + (/[.!?…]$/.test(plain) ? "" : ".");
};

function question(finding: Finding): string {
  const message = `question-${finding.question}`;
  return known(message) ? t(message) : (finding.question ?? "");
}

function words(finding: Finding): string {
  const lr = finding.log10_lr ?? 0;
  if (isNeutral(lr)) return t("support-none");
  return t(lr > 0 ? "speaks-for" : "speaks-against", { support: support(lr), question: question(finding) });
}

export function Findings(props: { report: Report; control: { current: Control | null } }): JSX.Element {
  const applied = props.report.findings.filter((f) => f.status !== "not_applicable");
  const left = props.report.findings.filter((f) => f.status === "not_applicable");
  const weighed = strongestFirst(applied.filter((f) => f.counted));
  const shown = applied.filter((f) => !f.counted);
  const card = (finding: Finding) => <Card key={finding.id} finding={finding} {...props} />;
  return (
    <>
      <h2>{t("weighed")}</h2>
      <p class="soft">{t("lr-lead")}</p>
      {weighed.length > 0 && (
        <div class="axis" aria-hidden="true">
          <span>
            <i>← {t("axis-against")}</i>
            <i>{t("axis-for")} →</i>
          </span>
          <span>
            <i>1 : 10⁴</i>
            <i>1</i>
            <i>10⁴</i>
          </span>
        </div>
      )}
      {weighed.length ? weighed.map(card) : <p class="soft">{t("none-weighed")}</p>}
      {shown.length > 0 && (
        <>
          <h2>{t("shown-only")}</h2>
          <p class="soft">{t("shown-only-lead")}</p>
          {shown.map(card)}
        </>
      )}
      {left.length > 0 && (
        <>
          <h2>{t("left-out")}</h2>
          <ul class="left-out">
            {left.map((f) => (
              <li key={f.id} id={f.id}>
                <b>
                  {f.id} {f.title}
                </b>{" "}
                {sentence(f.reason ?? t("no-reason"))}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function Card(props: { finding: Finding; control: { current: Control | null } }): JSX.Element {
  const f = props.finding;
  const lit = pointed.value.findings.includes(f.id);
  const weighed = f.counted && f.log10_lr !== null;
  return (
    <details
      class={lit ? "finding lit" : "finding"}
      id={f.id}
      onMouseEnter={() => pointAt(null, [f.id])}
      onMouseLeave={pointAway}
    >
      <summary onFocus={() => pointAt(null, [f.id])} onBlur={pointAway}>
        <span class="id">{f.id}</span>
        <span class="title">{f.title}</span>
        {weighed && <LrBar log10={f.log10_lr!} />}
        <span class="weight">
          {weighed ? (
            <>
              <b class="num">{ratio(f.log10_lr!)}</b> <span class="soft">{words(f)}</span>
            </>
          ) : (
            <span class="soft">{t("not-weighed")}</span>
          )}
        </span>
        <Icon name="down" />
      </summary>
      <div class="body">
        <p>{sentence(f.says)}</p>
        {f.map && (
          <p>
            <button data-map={f.id} onClick={() => props.control.current?.showMap(f.id)}>
              {t("show-map")}
            </button>
          </p>
        )}
        <Listed title={t("innocent")} items={f.innocent} />
        <Listed title={t("limitations")} items={f.limitations} />
        {weighed && f.weight !== null && f.weight < 0.995 && <p>{t("fusion-weight", { weight: decimal(f.weight) })}</p>}
        {(Object.keys(f.facts).length > 0 || f.score !== null) && (
          <>
            <h3>{t("measured")}</h3>
            <dl class="facts">
              {f.score !== null && (
                <div>
                  <dt>{t("score")}</dt>
                  <dd>{decimal(f.score, 4)}</dd>
                </div>
              )}
              {Object.entries(f.facts).map(([name, value]) => {
                const [label, text] = fact(name, value);
                return (
                  <div key={name}>
                    <dt>{label}</dt>
                    <dd>{text}</dd>
                  </div>
                );
              })}
            </dl>
          </>
        )}
        {f.calibration && (
          <>
            <h3>{t("calibration")}</h3>
            <p>
              {f.calibration.basis === "fitted"
                ? t("fitted", {
                    data: f.calibration.data ?? "",
                    holds: whole(f.calibration.proposition ?? 0),
                    fails: whole(f.calibration.alternative ?? 0),
                  })
                : t("stated", { why: f.calibration.why })}{" "}
              {Object.entries(f.calibration.figures)
                .map(([name, v]) => `${name === "auc" ? "AUC" : name.replaceAll("_", " ")} ${decimal(v)}`)
                .join(", ")}
            </p>
          </>
        )}
        <p class="soft">
          <code>{f.method}</code>, {t(`status-${f.status}`)}. {sentence(f.source)}
        </p>
      </div>
    </details>
  );
}

function Listed({ title, items }: { title: string; items: string[] }): JSX.Element | null {
  if (!items.length) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul>
        {items.map((item, i) => (
          <li key={i}>{sentence(item)}</li>
        ))}
      </ul>
    </>
  );
}

