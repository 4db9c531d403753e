/** Cases: examinations that belong together, with notes and tags. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, type Case } from "../api";
import { Confirm, Icon } from "../parts/basics";
import { announce, cases, complain, go, listCases, listExaminations } from "../state";
import { count, t, when } from "../text";
import { Drop, List } from "./home";

export function Cases(): JSX.Element {
  const [search, setSearch] = useState("");
  const [tag, setTag] = useState("");
  const [title, setTitle] = useState("");
  const [tags, setTags] = useState<string[]>([]);
  useEffect(() => {
    const timer = setTimeout(
      () =>
        listCases(search, tag)
          .then(() => setTags((old) => [...new Set([...old, ...cases.value.flatMap((c) => c.tags)])].sort()))
          .catch(complain),
      search ? 200 : 0,
    );
    return () => clearTimeout(timer);
  }, [search, tag]);
  const open = async (event: Event) => {
    event.preventDefault();
    try {
      const made = await ask<Case>("POST", "/v1/cases", { title: title.trim() });
      go("cases", made.id);
    } catch (error) {
      complain(error);
    }
  };
  return (
    <main class="page" id="main">
      <div class="headed">
        <h1>{t("cases")}</h1>
        <input
          type="search"
          id="search"
          placeholder={t("search-cases")}
          aria-label={t("search-cases")}
          value={search}
          onInput={(e) => setSearch(e.currentTarget.value)}
        />
      </div>
      <form class="inline" onSubmit={open}>
        <input
          aria-label={t("case-title")}
          placeholder={t("case-title")}
          value={title}
          maxLength={200}
          onInput={(e) => setTitle(e.currentTarget.value)}
        />
        <button class="primary" disabled={!title.trim()}>
          {t("open-case")}
        </button>
      </form>
      {tags.length > 0 && (
        <div class="suggested" role="group" aria-label={t("tags")}>
          {tags.map((name) => (
            <button key={name} class="toggle" aria-pressed={tag === name} onClick={() => setTag(tag === name ? "" : name)}>
              {name}
            </button>
          ))}
        </div>
      )}
      {cases.value.length ? (
        <ul class="list">
          {cases.value.map((c) => (
            <li key={c.id}>
              <a class="row" href={`#/cases/${c.id}`}>
                <span class="what">
                  <b>{c.title}</b>
                  <span class="soft">
                    {count("pictures", c.examinations)} · {when(c.created)}
                    {c.notes ? ` · ${c.notes.slice(0, 120)}` : ""}
                  </span>
                </span>
                <span class="tags">
                  {c.tags.map((name) => (
                    <span key={name} class="tag">
                      {name}
                    </span>
                  ))}
                </span>
              </a>
            </li>
          ))}
        </ul>
      ) : (
        <p class="empty">{search || tag ? t("nothing-found") : t("no-cases")}</p>
      )}
    </main>
  );
}

export function CaseView({ id }: { id: string }): JSX.Element {
  const [found, setFound] = useState<Case | null>(null);
  const [asked, setAsked] = useState(false);
  const [lost, setLost] = useState(false);
  useEffect(() => {
    setFound(null);
    ask<Case>("GET", `/v1/cases/${id}`)
      .then(setFound)
      .catch(() => setLost(true));
    listExaminations("", id).catch(complain);
  }, [id]);
  if (!found) {
    return (
      <main class="page" id="main">
        <p class="empty">{t(lost ? "no-such-case" : "loading")}</p>
      </main>
    );
  }
  // The fields keep what is typed: an answer to one must not undo what another holds by then.
  const change = async (values: Partial<Case>) => {
    try {
      setFound(await ask<Case>("PATCH", `/v1/cases/${id}`, values));
      announce(t("saved"));
    } catch (error) {
      complain(error);
    }
  };
  return (
    <main class="page" id="main">
      <p>
        <a class="back" href="#/cases">
          <Icon name="back" /> {t("cases")}
        </a>
      </p>
      <div class="case">
        <h1 class="hidden">{found.title}</h1>
        <input
          class="title"
          aria-label={t("case-title")}
          defaultValue={found.title}
          maxLength={200}
          onChange={(e) => {
            const title = e.currentTarget.value.trim();
            if (title) void change({ title });
            else e.currentTarget.value = found.title;
          }}
        />
        <label>
          {t("tags")}
          <input
            data-field="tags"
            defaultValue={found.tags.join(", ")}
            placeholder={t("tags-hint")}
            onChange={(e) => void change({ tags: e.currentTarget.value.split(",").map((s) => s.trim()).filter(Boolean) })}
          />
        </label>
        <label>
          {t("notes")}
          <textarea
            rows={4}
            maxLength={20000}
            defaultValue={found.notes}
            onChange={(e) => void change({ notes: e.currentTarget.value })}
          />
        </label>
      </div>
      <Drop inCase={found} />
      <section aria-label={t("examinations")}>
        <List empty={t("case-empty")} />
      </section>
      <p class="buttons">
        <button class="danger quiet" onClick={() => setAsked(true)}>
          <Icon name="trash" /> {t("delete-case")}
        </button>
      </p>
      {asked && (
        <Confirm
          question={t("delete-case-question", { title: found.title })}
          action={t("delete")}
          act={() =>
            ask("DELETE", `/v1/cases/${id}`)
              .then(() => go("cases"))
              .catch(complain)
          }
          close={() => setAsked(false)}
        />
      )}
    </main>
  );
}
