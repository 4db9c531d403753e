/** Nested values of a file, folded. */
import type { JSX } from "preact";
import type { Plain } from "../api";
import { count, printable, t } from "../text";

const OPEN_UP_TO = 14;
const SHOWN = 400;

function isTable(value: Plain): value is number[][] {
  return (
    Array.isArray(value) &&
    value.length > 1 &&
    value.every((row) => Array.isArray(row) && row.length === (value[0] as Plain[]).length) &&
    (value as Plain[][]).every((row) => row.every((cell) => typeof cell === "number"))
  );
}

function isScalar(value: Plain): boolean {
  return (
    typeof value !== "object" ||
    value === null ||
    (Array.isArray(value) && value.length < 12 && value.every((v) => typeof v !== "object"))
  );
}

/** Values as the file has them: numbers are not rounded or grouped. */
function write(value: Plain): string {
  if (value === null) return t("none");
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  return Array.isArray(value) ? value.map(write).join(", ") || t("none") : printable(String(value));
}

export function Tree({ name, value, open }: { name: string; value: Plain; open?: boolean }): JSX.Element {
  const label = printable(name.replaceAll("_", " "));
  if (isScalar(value)) {
    return (
      <div class="leaf">
        <span class="name">{label}</span>
        <span class="value">{write(value)}</span>
      </div>
    );
  }
  if (isTable(value)) {
    return (
      <details class="branch">
        <summary>{label}</summary>
        <div class="scroll" tabIndex={0} role="region" aria-label={label}>
          <table class="matrix">
            <tbody>
              {value.map((row, i) => (
                <tr key={i}>
                  {row.map((cell, j) => (
                    <td key={j}>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    );
  }
  const entries: [string, Plain][] = Array.isArray(value)
    ? value.map((item, i) => [title(item, i), item])
    : Object.entries(value as Record<string, Plain>);
  return (
    <details class="branch" open={open ?? (entries.length <= OPEN_UP_TO && !Array.isArray(value))}>
      <summary>
        {label} <span class="soft">{count("entries", entries.length)}</span>
      </summary>
      <div class="inner">
        {entries.slice(0, SHOWN).map(([key, item], i) => (
          <Tree key={i} name={key} value={item} />
        ))}
        {entries.length > SHOWN && <p class="soft">{count("and-more", entries.length - SHOWN)}</p>}
      </div>
    </details>
  );
}

/** Call an item of a list by what names it. */
function title(item: Plain, index: number): string {
  if (item && typeof item === "object" && !Array.isArray(item)) {
    const { name, identifier, offset } = item as Record<string, Plain>;
    const words = [name, identifier].filter((v) => v !== null && v !== undefined && v !== "");
    if (words.length) return `${words.join(" ")}${offset === undefined ? "" : ` @ ${offset}`}`;
  }
  return String(index + 1);
}
