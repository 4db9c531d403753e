/** Hand photos in, and the list of examinations. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, query, Refused, type Case, type Examination } from "../api";
import { Confirm, Icon, Sign } from "../parts/basics";
import {
  accept,
  announce,
  cases,
  complain,
  examinations,
  go,
  listCases,
  listExaminations,
  listMore,
  more,
  progress,
  remove,
} from "../state";
import { bytes, count, language, t, when } from "../text";

const PROFILES = ["quick", "standard", "thorough"] as const;
const MOST_AT_ONCE = 20;

type Options = { profile: string; stability: boolean; case: string | null };

async function send(files: File[], options: Options): Promise<Examination[]> {
  const form = new FormData();
  for (const file of files) form.append("files", file, file.name || "pasted.png");
  const path = `/v1/examine${query({ ...options, lang: language.value })}`;
  return (await ask<{ examinations: Examination[] }>("POST", path, form)).examinations;
}

// Too large, no picture, empty: the fault of one file, for which a request is refused as a whole.
const OF_ONE_FILE = [413, 415, 422];

/** Send pictures for examination, many in several requests; one that is bad costs no other. */
async function upload(files: File[], options: Options): Promise<Examination[]> {
  const accepted: Examination[] = [];
  const refused: string[] = [];
  const waiting: File[][] = [];
  for (let i = 0; i < files.length; i += MOST_AT_ONCE) waiting.push(files.slice(i, i + MOST_AT_ONCE));
  for (let part = waiting.shift(); part; part = waiting.shift()) {
    try {
      accepted.push(...(await send(part, options)));
    } catch (error) {
      const known = error instanceof Refused && OF_ONE_FILE.includes(error.status);
      if (known && part.length > 1) {
        waiting.unshift(...part.map((file) => [file]));
      } else if (known && (accepted.length || waiting.length || refused.length)) {
        refused.push(error.message);
      } else {
        if (!accepted.length) throw error;
        complain(error);
        break;
      }
    }
  }
  if (refused.length) complain(new Refused(refused.join("; "), 415));
  if (accepted.length) announce(count("accepted", accepted.length));
  return accepted;
}

export function Home(): JSX.Element {
  const [search, setSearch] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => listExaminations(search, null).catch(complain), search ? 200 : 0);
    return () => clearTimeout(timer);
  }, [search]);
  useEffect(() => {
    listCases().catch(complain);
  }, []);
  return (
    <main class="page" id="main">
      <h1 class="hidden">{t("examine")}</h1>
      <Drop inCase={null} />
      <section aria-labelledby="list-title">
        <div class="headed">
          <h2 id="list-title">{t("examinations")}</h2>
          <input
            type="search"
            id="search"
            placeholder={t("search-name")}
            aria-label={t("search-name")}
            value={search}
            onInput={(e) => setSearch(e.currentTarget.value)}
          />
        </div>
        <List empty={search ? t("nothing-found") : t("nothing-yet")} />
      </section>
    </main>
  );
}

export function Drop({ inCase }: { inCase: Case | null }): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [sending, setSending] = useState(0);
  const [profile, setProfile] = useState("standard");
  const [stability, setStability] = useState(true);
  const [chosen, setChosen] = useState("");
  const options = useRef({ profile, stability, case: inCase?.id ?? null });
  options.current = { profile, stability, case: inCase?.id ?? (chosen || null) };

  const take = async (files: File[]) => {
    if (!files.length) return;
    setSending(files.length);
    try {
      const accepted = await upload(files, options.current);
      if (inCase) await listExaminations("", inCase.id);
      else accept(accepted);
      if (accepted.length === 1 && !inCase) go("report", accepted[0]!.id);
    } catch (error) {
      complain(error);
    } finally {
      setSending(0);
    }
  };

  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length) {
        event.preventDefault();
        void take(files);
      }
    };
    const drag = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      setOver(event.type === "dragover");
      if (event.type === "drop") void take([...event.dataTransfer.files]);
    };
    const leave = (event: DragEvent) => event.relatedTarget === null && setOver(false);
    const choose = () => input.current?.click();
    addEventListener("paste", paste);
    addEventListener("dragover", drag);
    addEventListener("drop", drag);
    addEventListener("dragleave", leave);
    addEventListener("locard-upload", choose);
    return () => {
      removeEventListener("paste", paste);
      removeEventListener("dragover", drag);
      removeEventListener("drop", drag);
      removeEventListener("dragleave", leave);
      removeEventListener("locard-upload", choose);
    };
  }, []);

  return (
    <section class={over ? "drop over" : "drop"} aria-label={t("hand-in")}>
      <div class="target">
        <Icon name="upload" />
        <p class="say">
          {sending ? (
            count("sending", sending)
          ) : (
            <>
              {t("drop-here")}{" "}
              <button class="link" onClick={() => input.current?.click()}>
                {t("choose-files")}
              </button>
            </>
          )}
        </p>
        <p class="soft">{t("drop-hint")}</p>
        <input
          ref={input}
          type="file"
          multiple
          class="hidden"
          tabIndex={-1}
          aria-label={t("choose-files")}
          accept="image/*,.heic,.heif,.avif,.dng,.cr2,.cr3,.nef,.arw,.raf,.orf,.rw2"
          onChange={(event) => {
            const files = [...(event.currentTarget.files ?? [])];
            event.currentTarget.value = "";
            void take(files);
          }}
        />
      </div>
      <div class="options">
        <label>
          {t("profile")}
          <select value={profile} onChange={(e) => setProfile(e.currentTarget.value)}>
            {PROFILES.map((name) => (
              <option key={name} value={name}>
                {t(`profile-${name}`)}
              </option>
            ))}
          </select>
        </label>
        {!inCase && cases.value.length > 0 && (
          <label>
            {t("case")}
            <select value={chosen} onChange={(e) => setChosen(e.currentTarget.value)}>
              <option value="">{t("no-case")}</option>
              {cases.value.map((c) => (
                <option key={c.id} value={c.id}>
                  {c.title}
                </option>
              ))}
            </select>
          </label>
        )}
        <label class="check">
          <input type="checkbox" checked={stability} onChange={(e) => setStability(e.currentTarget.checked)} />
          {t("test-stability")}
        </label>
      </div>
    </section>
  );
}

/** The examinations that are listed now. */
export function List({ empty }: { empty: string }): JSX.Element {
  const [asked, setAsked] = useState<Examination | null>(null);
  if (!examinations.value.length) return <p class="empty">{empty}</p>;
  return (
    <>
      <ul class="list">
        {examinations.value.map((e) => (
          <li key={e.id} data-id={e.id}>
            <a class="row" href={`#/report/${e.id}`}>
              <span class="thumb">
                {e.state === "done" && (
                  <img src={`/v1/reports/${e.id}/thumbnail.jpg`} alt="" loading="lazy" width="72" height="54" onError={(event) => event.currentTarget.remove()} />
                )}
              </span>
              <span class="what">
                <b>{e.name}</b>
                <span class="soft">
                  {bytes(e.size)} · {when(e.created)}
                  {e.case && cases.value.some((c) => c.id === e.case)
                    ? ` · ${cases.value.find((c) => c.id === e.case)!.title}`
                    : ""}
                </span>
              </span>
              <Outcome found={e} />
            </a>
            <button class="quiet" aria-label={t("delete-name", { name: e.name })} onClick={() => setAsked(e)}>
              <Icon name="trash" />
            </button>
          </li>
        ))}
      </ul>
      {more.value && (
        <p class="buttons">
          <button onClick={() => listMore().catch(complain)}>{t("more")}</button>
        </p>
      )}
      {asked && (
        <Confirm
          question={t("delete-question", { name: asked.name })}
          action={t("delete")}
          act={() => remove(asked.id).catch(complain)}
          close={() => setAsked(null)}
        />
      )}
    </>
  );
}

function Outcome({ found }: { found: Examination }): JSX.Element {
  if (found.verdict) {
    return (
      <span class={`outcome ${found.verdict}`}>
        <Sign verdict={found.verdict} /> {t(`verdict-${found.verdict}`)}
      </span>
    );
  }
  if (found.state === "failed") return <span class="outcome failed">{found.error ?? t("state-failed")}</span>;
  const now = progress.value[found.id];
  return (
    <span class="outcome soft">
      {now?.state === "running" ? (
        <>
          <progress max={now.total || 1} value={now.done} aria-label={t("progress")} />
          {now.done}/{now.total || "…"}
        </>
      ) : (
        t(`state-${found.state}`)
      )}
    </span>
  );
}
