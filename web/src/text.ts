/** Words and numbers in the language of the page. A language is one file in strings/. */
import { signal } from "@preact/signals";
import scale from "./scale.json";
import en from "./strings/en.json";

export type Message = keyof typeof en;

type Words = Partial<Record<Message, string>>;

const files = import.meta.glob<Words>("./strings/*.json", { eager: true, import: "default" });
const languages: Record<string, Words> = Object.fromEntries(
  Object.entries(files).map(([path, words]) => [path.replace(/^.*\/|\.json$/g, ""), words]),
);
export const codes = Object.keys(languages);

function first(): string {
  const kept = localStorage.getItem("locard-language");
  const wanted = [kept ?? "", ...navigator.languages.map((l) => l.slice(0, 2))];
  return wanted.find((code) => code in languages) ?? "en";
}

export const language = signal(first());

export function speak(code: string): void {
  language.value = code;
  localStorage.setItem("locard-language", code);
}

/** The name of a language in itself. */
export function languageName(code: string): string {
  return languages[code]?.["language-name"] ?? code;
}

/** Write a message; `{name}` is replaced. What a language lacks is English. */
export function t(message: Message, values: Record<string, string | number> = {}): string {
  const text = languages[language.value]?.[message] ?? en[message];
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

/** Write a message by count: `message-one` or `message-other`. */
export function count(message: string, number: number): string {
  const form = new Intl.PluralRules(language.value).select(number) === "one" ? "one" : "other";
  return t(`${message}-${form}` as Message, { count: whole(number) });
}

/** Whether there is such a message. */
export function known(message: string): message is Message {
  return message in en;
}

/** A place in the picture, which reports name in English. */
export function placed(name: string): string {
  const found = (Object.keys(en) as Message[]).find((key) => key.startsWith("place-") && en[key] === name);
  return found ? t(found) : name;
}

export function decimal(value: number, digits = 2): string {
  return value.toLocaleString(language.value, { maximumFractionDigits: digits });
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString(language.value);
}

/** Probabilities between which nothing is decided. */
const [REJECT, ACCEPT] = [0.4, 0.9];

/** A share as a percentage that never claims certainty. */
export function share(value: number): string {
  const percent = (v: number, digits: number) =>
    v.toLocaleString(language.value, {
      style: "percent",
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
  if (value > 0.999) return t("more-than", { value: percent(0.999, 1) });
  if (value < 0.001) return t("less-than", { value: percent(0.001, 1) });
  // What is undecided must not be rounded to where a decision begins.
  const rounded = Math.round(100 * value) / 100;
  if (value > REJECT && value < ACCEPT && (rounded <= REJECT || rounded >= ACCEPT))
    return percent(Math.min(Math.max(value, REJECT + 0.001), ACCEPT - 0.001), 1);
  return percent(value, value < 0.02 || value > 0.98 ? 1 : 0);
}

/** A likelihood ratio with the digits it deserves: "30", "1 : 4". */
export function ratio(log10: number): string {
  if (Math.abs(log10) > 6) {
    return log10 > 0 ? t("more-than", { value: "10⁶" }) : t("less-than", { value: "1 : 10⁶" });
  }
  const value = Number((10 ** Math.abs(log10)).toPrecision(2));
  const shown = decimal(value, value >= 10 ? 0 : 1);
  return log10 >= 0 || value === 1 ? shown : `1 : ${shown}`;
}

/** The weight of a finding on the verbal scale of the ENFSI guideline. */
export function support(log10: number): string {
  const [, name] = scale.find(([bound]) => Math.abs(log10) >= (bound as number)) ?? [0, "none"];
  return t(`support-${name}` as Message);
}

export function isNeutral(log10: number): boolean {
  return Math.abs(log10) < (scale[scale.length - 2]![0] as number);
}

export function bytes(size: number): string {
  if (size < 1024) return t("bytes", { count: whole(size) });
  return size < 2 ** 20 ? `${decimal(size / 1024, 0)} KiB` : `${decimal(size / 2 ** 20, 1)} MiB`;
}

export function when(iso: string): string {
  return new Date(iso).toLocaleString(language.value, { dateStyle: "medium", timeStyle: "short" });
}

/** What comes from a file or a client: without characters that do not print or turn the line. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu, "\ufffd");
}

/** A value that a method measured, with its unit. */
export function fact(name: string, value: unknown): [label: string, text: string] {
  const units: [string, string][] = [
    ["_grey_levels", t("grey-levels")],
    ["_px", "px"],
    ["_db", "dB"],
    ["_s", "s"],
    ["_deg", "°"],
    ["_bytes", "B"],
    ["_percent", "%"],
    ["_bits", "bit"],
  ];
  const unit = units.find(([suffix]) => name.endsWith(suffix));
  const label = printable((unit ? name.slice(0, -unit[0].length) : name).replaceAll("_", " "));
  const write = (item: unknown): string => {
    if (item === null || item === undefined) return t("none");
    if (typeof item === "boolean") return t(item ? "yes" : "no");
    if (typeof item === "number") {
      if (name.endsWith("_share") && item >= 0 && item <= 1) return share(item);
      return Number.isInteger(item) ? whole(item) : decimal(Number(item.toPrecision(4)), 6);
    }
    return printable(String(item));
  };
  const items = Array.isArray(value) ? value : [value];
  const text = items.length ? items.map(write).join(", ") : t("none");
  return [label, unit && value !== null ? `${text} ${unit[1]}` : text];
}
