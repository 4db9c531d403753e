/** Questions to the report; every sentence of an answer cites its findings. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask, type Reply } from "../api";
import { Sentences } from "../parts/basics";
import { announce, complain } from "../state";
import { language, printable, t } from "../text";

const SUGGESTED = ["where", "why", "sure", "innocent", "left-out", "next"] as const;

interface Exchange {
  question: string;
  reply: Reply;
}

// Kept while the page is open, so that another tab of the report does not lose them.
const kept = new Map<string, Exchange[]>();

export function Ask({ id }: { id: string }): JSX.Element {
  const [said, setSaid] = useState<Exchange[]>(kept.get(id) ?? []);
  const [question, setQuestion] = useState("");
  const [busy, setBusy] = useState(false);
  const put = async (asked: string) => {
    if (!asked.trim() || busy) return;
    setBusy(true);
    try {
      const reply = await ask<Reply>("POST", "/v1/ask", { report: id, question: asked, language: language.value });
      const all = [{ question: asked, reply }, ...said];
      kept.set(id, all);
      setSaid(all);
      setQuestion("");
      announce(printable(reply.text));
    } catch (error) {
      complain(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <form
        class="ask"
        onSubmit={(event) => {
          event.preventDefault();
          void put(question);
        }}
      >
        <label for="question">{t("ask-lead")}</label>
        <div>
          <input
            id="question"
            value={question}
            maxLength={1000}
            autocomplete="off"
            onInput={(e) => setQuestion(e.currentTarget.value)}
          />
          <button class="primary" disabled={busy || !question.trim()}>
            {t("ask")}
          </button>
        </div>
      </form>
      <div class="suggested">
        {SUGGESTED.map((name) => (
          <button key={name} class="toggle" disabled={busy} onClick={() => void put(t(`suggest-${name}`))}>
            {t(`suggest-${name}`)}
          </button>
        ))}
      </div>
      <ul class="exchanges">
        {said.map(({ question: asked, reply }, i) => (
          <li key={said.length - i}>
            <h3>{printable(asked)}</h3>
            <p>
              {reply.claims.length ? <Sentences claims={reply.claims} /> : printable(reply.text)}
            </p>
          </li>
        ))}
      </ul>
    </>
  );
}
