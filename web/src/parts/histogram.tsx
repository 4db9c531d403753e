/** How many pixels have each value; as a picture and as a table. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Histogram } from "../api";
import { decimal, share, t } from "../text";

const channels = ["red", "green", "blue", "luma"] as const;
const HEIGHT = 100;

function outline(counts: number[], log: boolean): string {
  const scaled = counts.map((c) => (log ? Math.log1p(c) : c));
  const highest = Math.max(...scaled, 1);
  const steps = scaled.map((v, x) => `L${x} ${(HEIGHT * (1 - v / highest)).toFixed(1)}h1`);
  return `M0 ${HEIGHT}${steps.join("")}V${HEIGHT}Z`;
}

function describe(counts: number[]) {
  const total = counts.reduce((sum, c) => sum + c, 0) || 1;
  const mean = counts.reduce((sum, c, v) => sum + c * v, 0) / total;
  const present = counts.flatMap((c, v) => (c ? [v] : []));
  const low = present[0] ?? 0;
  const high = present[present.length - 1] ?? 0;
  return {
    mean,
    low,
    high,
    black: counts[0]! / total,
    white: counts[255]! / total,
    gaps: high - low + 1 - present.length,
  };
}

export function HistogramView({ counts }: { counts: Histogram }): JSX.Element {
  const [log, setLog] = useState(true);
  return (
    <>
      <label class="check">
        <input type="checkbox" checked={log} onChange={(e) => setLog(e.currentTarget.checked)} />
        {t("log-counts")}
      </label>
      <div class="plots" aria-hidden="true">
        {channels.map((name) => (
          <svg key={name} class={`plot ${name}`} viewBox={`0 0 256 ${HEIGHT}`} preserveAspectRatio="none">
            <path d={outline(counts[name], log)} />
          </svg>
        ))}
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label={t("histogram")}>
        <table class="figures">
          <thead>
            <tr>
              <th>{t("channel")}</th>
              <th>{t("mean")}</th>
              <th>{t("lowest")}</th>
              <th>{t("highest")}</th>
              <th>{t("at-0")}</th>
              <th>{t("at-255")}</th>
              <th>{t("gaps")}</th>
            </tr>
          </thead>
          <tbody>
            {channels.map((name) => {
              const d = describe(counts[name]);
              return (
                <tr key={name}>
                  <th scope="row">
                    <span class={`swatch ${name}`} />
                    {t(`channel-${name}`)}
                  </th>
                  <td>{decimal(d.mean, 1)}</td>
                  <td>{d.low}</td>
                  <td>{d.high}</td>
                  <td>{d.black ? share(d.black) : "0"}</td>
                  <td>{d.white ? share(d.white) : "0"}</td>
                  <td>{d.gaps}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}
