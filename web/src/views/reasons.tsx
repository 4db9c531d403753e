/** Where, and why: regions and the sentences that cite findings, linked both ways. */
import type { JSX } from "preact";
import type { Claim, Report } from "../api";
import { Cites, isPointedAt, Sentences } from "../parts/basics";
import { pointAt, pointAway, pointed } from "../state";
import { decimal, printable, share, t } from "../text";
import { placeName, type Control } from "./viewer";

interface Group {
  findings: string[];
  title: string;
  claims: Claim[];
}

/** Put consecutive sentences that rest on the same findings into one paragraph. */
function grouped(report: Report): Group[] {
  const groups: Group[] = [];
  for (const claim of report.explanation.claims) {
    const last = groups[groups.length - 1];
    if (last && last.findings.join() === claim.findings.join()) {
      last.claims.push(claim);
      continue;
    }
    const alone = claim.findings.length === 1 && claim.kind === "observed";
    const title = alone ? (report.findings.find((f) => f.id === claim.findings[0])?.title ?? "") : "";
    groups.push({ findings: claim.findings, title, claims: [claim] });
  }
  return groups;
}

export function Reasons(props: { report: Report; control: { current: Control | null } }): JSX.Element {
  const { report, control } = props;
  const regions = report.localization.regions;
  const now = pointed.value;
  return (
    <>
      <h2>{t("where")}</h2>
      {regions.length === 0 ? (
        <p class="soft">{t("regions-none")}</p>
      ) : (
        <div class="scroll" tabIndex={0} role="region" aria-label={t("regions")}>
          <table class="regions-table">
            <thead>
              <tr>
                <th>{t("number")}</th>
                <th>{t("place")}</th>
                <th class="num">{t("area")}</th>
                <th class="num">{t("heat")}</th>
                <th>{t("marked-by")}</th>
              </tr>
            </thead>
            <tbody>
              {regions.map((region, i) => {
                const lit = now.region === i + 1 || (now.region === null && isPointedAt(region.findings));
                return (
                  <tr
                    key={i}
                    id={`region-${i + 1}`}
                    class={lit ? "lit" : ""}
                    onMouseEnter={() => pointAt(i + 1, region.findings)}
                    onMouseLeave={pointAway}
                  >
                    <td>
                      <button
                        class="chip"
                        data-zoom={i + 1}
                        aria-label={t("show-region", { number: i + 1 })}
                        onFocus={() => pointAt(i + 1, region.findings)}
                        onBlur={pointAway}
                        onClick={() => control.current?.zoomTo(i + 1)}
                      >
                        {i + 1}
                      </button>
                    </td>
                    <td>{placeName(region)}</td>
                    <td class="num">{share(region.area)}</td>
                    <td class="num">{decimal(region.strength)}</td>
                    <td>
                      <Cites ids={region.findings} />
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
      <p class="soft">{t("reliable", { share: share(report.localization.reliable_share) })}</p>
      <h2>{t("why")}</h2>
      <p class="short">
        <Sentences claims={report.explanation.lay.filter((c) => c.kind !== "verdict" && c.kind !== "trust")} />
      </p>
      <ul class="claims">
        {grouped(report).map((group, i) => (
          <li
            key={i}
            class={isPointedAt(group.findings) ? "lit" : ""}
            onMouseEnter={() => pointAt(group.claims.find((c) => c.region)?.region ?? null, group.findings)}
            onMouseLeave={pointAway}
          >
            <p>
              <Cites ids={group.findings} most={6} /> {group.title && <b>{group.title}.</b>}{" "}
              {group.claims.map((claim, j) => (
                <span key={j} class={`claim ${claim.kind}`}>
                  {printable(claim.text)}{" "}
                  {claim.region !== null && claim.region <= regions.length && (
                    <button class="link" onClick={() => control.current?.zoomTo(claim.region!)}>
                      {t("show")}
                    </button>
                  )}{" "}
                </span>
              ))}
            </p>
          </li>
        ))}
      </ul>
      <h2>{t("how-to-read")}</h2>
      <ul class="read">
        <li>{t("page-read-prior")}</li>
        <li>{t("page-read-authentic")}</li>
        <li>{t("page-read-edited")}</li>
        <li>{t("page-read-data")}</li>
      </ul>
    </>
  );
}
