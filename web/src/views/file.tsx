/** What the file says of itself: structure and metadata. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, type Plain, type Report } from "../api";
import { Tree } from "../parts/tree";
import { complain } from "../state";
import { bytes, decimal, printable, t } from "../text";

export function File({ id, report }: { id: string; report: Report }): JSX.Element {
  const [structure, setStructure] = useState<Record<string, Plain> | null>(null);
  const [wanted, setWanted] = useState("");
  useEffect(() => {
    ask<Record<string, Plain>>("GET", `/v1/reports/${id}/structure`).then(setStructure).catch(complain);
  }, [id]);
  const { exhibit } = report;
  const rows: [string, string][] = [
    [t("format"), exhibit.format],
    [t("pixels"), `${exhibit.width} × ${exhibit.height}${exhibit.orientation === 1 ? "" : `; ${t("turned", { orientation: exhibit.orientation })}`}`],
    [t("size"), bytes(exhibit.size)],
    [t("samples"), `${exhibit.bit_depth} bit, ${t(exhibit.colour ? "colour" : "grey")}${exhibit.alpha ? ", alpha" : ""}`],
    ["SHA-256", exhibit.sha256],
    [t("examined-in"), `${decimal(report.timing.total_s, 1)} s, ${t("profile")}: ${report.profile}, locard ${report.locard}`],
  ];
  return (
    <>
      <dl class="facts wide">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{printable(value)}</dd>
          </div>
        ))}
      </dl>
      {structure ? (
        <>
          <div class="headed">
            <h2>{t("metadata")}</h2>
            <input
              type="search"
              aria-label={t("filter")}
              placeholder={t("filter")}
              value={wanted}
              onInput={(e) => setWanted(e.currentTarget.value)}
            />
          </div>
          <Branches of={structure["metadata"] as Record<string, Plain>} wanted={wanted} />
          {structure["jpeg"] && (
            <>
              <h2>{t("jpeg-structure")}</h2>
              <Branches
                of={{ frame: scalars(structure["jpeg"]), ...nested(structure["jpeg"]) }}
                wanted={wanted}
              />
            </>
          )}
          <h2>{t("other-parts")}</h2>
          <Branches of={{ thumbnail: structure["thumbnail"] ?? null, trailing: structure["trailing"] ?? null }} wanted={wanted} />
        </>
      ) : (
        <p class="soft">{t("loading")}</p>
      )}
    </>
  );
}

function scalars(value: Plain): Plain {
  return Object.fromEntries(Object.entries(value as object).filter(([, v]) => typeof v !== "object" || v === null));
}

function nested(value: Plain): Record<string, Plain> {
  return Object.fromEntries(Object.entries(value as object).filter(([, v]) => typeof v === "object" && v !== null));
}

/** Keep what has a word in its name or value. */
function keep(value: Plain, wanted: string, name = ""): Plain | undefined {
  if (!wanted || name.toLowerCase().includes(wanted)) return value;
  if (value === null || typeof value !== "object") {
    return String(value).toLowerCase().includes(wanted) ? value : undefined;
  }
  if (Array.isArray(value)) {
    const kept = value.filter((item) => keep(item, wanted) !== undefined);
    return kept.length ? kept : undefined;
  }
  const kept = Object.entries(value)
    .map(([key, item]) => [key, keep(item, wanted, key)] as const)
    .filter(([, item]) => item !== undefined);
  return kept.length ? (Object.fromEntries(kept) as Plain) : undefined;
}

function isEmpty(value: Plain): boolean {
  return value === null || (typeof value === "object" && Object.keys(value).length === 0);
}

function Branches({ of, wanted }: { of: Record<string, Plain>; wanted: string }): JSX.Element {
  const kept = Object.entries(of)
    .filter(([, value]) => !isEmpty(value))
    .map(([name, value]) => [name, keep(value, wanted.trim().toLowerCase(), name)] as const)
    .filter(([, value]) => value !== undefined);
  if (!kept.length) return <p class="soft">{t("nothing-there")}</p>;
  return (
    <div class="tree">
      {kept.map(([name, value]) => (
        <Tree key={name + wanted} name={name} value={value!} open={wanted ? true : undefined} />
      ))}
    </div>
  );
}
