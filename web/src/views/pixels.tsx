/** Histogram and spectrum of the stored pixels: of the photo, a region, or what is in view. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, query, type Box, type Histogram, type Report } from "../api";
import { HistogramView } from "../parts/histogram";
import { complain } from "../state";
import { t } from "../text";
import type { Control } from "./viewer";

export function Pixels(props: { id: string; report: Report; control: { current: Control | null } }): JSX.Element {
  const { id, report } = props;
  const [area, setArea] = useState("all");
  const [box, setBox] = useState<Box | null>(null);
  const [counts, setCounts] = useState<Histogram | null>(null);
  const [drawn, setDrawn] = useState(true);
  const regions = report.localization.regions;

  const choose = (name: string) => {
    setArea(name);
    if (name === "all") setBox(null);
    else if (name === "view") setBox((props.control.current?.view()?.map(Math.round) as Box | undefined) ?? null);
    else setBox(regions[Number(name)]!.box);
  };
  const part = query({ box: box?.join(",") });
  useEffect(() => {
    let gone = false;
    setCounts(null);
    setDrawn(true);
    ask<Histogram>("GET", `/v1/reports/${id}/histogram${part}`)
      .then((found) => !gone && setCounts(found))
      .catch(complain);
    return () => {
      gone = true;
    };
  }, [id, part]);

  const [, , width, height] = box ?? [0, 0, report.exhibit.width, report.exhibit.height];
  return (
    <>
      <fieldset class="segments">
        <legend class="hidden">{t("area-of")}</legend>
        {[["all", t("whole-photo")], ["view", t("what-is-shown")], ...regions.map((_, i) => [String(i), t("region", { number: i + 1 })])].map(
          ([name, label]) => (
            <label key={name}>
              <input type="radio" name="area" checked={area === name} onClick={() => choose(name!)} />
              <span>{label}</span>
            </label>
          ),
        )}
      </fieldset>
      <p class="soft num">
        {box ? `${box[0]}, ${box[1]} · ` : ""}
        {width} × {height} px · {t("stored-pixels")}
      </p>
      <h2>{t("histogram")}</h2>
      {counts ? <HistogramView counts={counts} /> : <p class="soft">{t("loading")}</p>}
      <h2>{t("spectrum")}</h2>
      {drawn ? (
        <img
          class="spectrum"
          key={part}
          src={`/v1/reports/${id}/spectrum.png${part}`}
          alt={t("spectrum-alt")}
          width="512"
          height="512"
          onError={() => setDrawn(false)}
        />
      ) : (
        <p class="soft">{t("spectrum-none")}</p>
      )}
      <p class="soft">{t("spectrum-about")}</p>
    </>
  );
}
