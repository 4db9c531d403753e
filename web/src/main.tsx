/** The frame of the page: who is there, where, and which keys do what. */
import { render, type JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "./api";
import { Dialog, Icon } from "./parts/basics";
import {
  allowSingleKeys,
  complain,
  loadSession,
  paint,
  problem,
  route,
  said,
  session,
  singleKeys,
  theme,
  type Session,
} from "./state";
import "./style.css";
import { codes, language, languageName, speak, t, type Message } from "./text";
import { CaseView, Cases } from "./views/cases";
import { Home } from "./views/home";
import { ReportView } from "./views/report";

const THEMES = { system: "light", light: "dark", dark: "system" } as const;
const SIGNS = { system: "auto", light: "sun", dark: "moon" } as const;

const KEYS: [keys: string, message: Message][] = [
  ["?", "key-help"],
  ["u", "key-upload"],
  ["/", "key-search"],
  ["1 2 3", "key-layers"],
  ["0", "key-bare"],
  ["[ ]", "key-maps"],
  ["b", "key-blink"],
  ["c", "key-compare"],
  ["m", "key-magnifier"],
  ["o", "key-outlines"],
  ["r R", "key-regions"],
  ["+ − f p", "key-zoom"],
  ["← → ↑ ↓", "key-pan"],
  ["t", "key-theme"],
];

function App(): JSX.Element {
  const [help, setHelp] = useState(false);
  const here = route.value;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !singleKeys.value) return;
      const target = event.target as HTMLElement;
      const typing = target.matches("input:not([type=checkbox], [type=radio], [type=range]), textarea, select");
      if (typing || document.querySelector("dialog[open]")) return;
      if (event.key === "?") setHelp(true);
      else if (event.key === "t") paint(THEMES[theme.value]);
      else if (event.key === "u") dispatchEvent(new Event("locard-upload"));
      else if (event.key === "/" && document.getElementById("search")) document.getElementById("search")!.focus();
      else if (route.value[0] === "report" && /^[0-9/[\]bcmofprR+-]$/.test(event.key)) {
        dispatchEvent(new CustomEvent("locard-key", { detail: event.key }));
      } else return;
      event.preventDefault();
      // The viewer has keys of its own, of which some are the same.
      event.stopPropagation();
    };
    addEventListener("keydown", press, true);
    return () => removeEventListener("keydown", press, true);
  }, []);
  const first = useRef(true);
  useEffect(() => {
    if (here[0] !== "report") document.title = "locard";
    // Whoever does not see the page learns that it is another one by where the focus is.
    if (!first.current) focusMain();
    first.current = false;
  }, [here.join("/")]);
  useEffect(() => {
    document.documentElement.lang = language.value;
  }, [language.value]);

  const now = session.value;
  const known = now !== null && (!now.keys || now.owner !== null);
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        {t("skip")}
      </a>
      <header class="top">
        <a class="brand" href="#/" aria-label="locard">
          <svg viewBox="0 0 32 32" width="20" height="20" aria-hidden="true">
            <path d="M7 7h8M7 7v8M25 25h-8M25 25v-8" />
            <circle cx="16" cy="16" r="4.4" />
          </svg>
          locard
        </a>
        {known && (
          <nav aria-label={t("sections")}>
            <a href="#/" aria-current={here[0] === undefined ? "page" : undefined}>
              {t("examine")}
            </a>
            <a href="#/cases" aria-current={here[0] === "cases" ? "page" : undefined}>
              {t("cases")}
            </a>
          </nav>
        )}
        <span class="space" />
        <select class="plain" aria-label={t("language")} value={language.value} onChange={(e) => speak(e.currentTarget.value)}>
          {codes.map((code) => (
            <option key={code} value={code}>
              {languageName(code)}
            </option>
          ))}
        </select>
        <button class="quiet" aria-label={t(`theme-${theme.value}`)} title={t(`theme-${theme.value}`)} onClick={() => paint(THEMES[theme.value])}>
          <Icon name={SIGNS[theme.value]} />
        </button>
        <button class="quiet" aria-label={t("key-help")} title={t("key-help")} onClick={() => setHelp(true)}>
          ?
        </button>
        {now?.owner && (
          <button class="quiet" onClick={signOut} title={now.owner}>
            {t("sign-out")}
          </button>
        )}
      </header>
      {problem.value && (
        <div class="problem" role="alert">
          {problem.value}
          <button class="quiet" aria-label={t("close")} onClick={() => (problem.value = "")}>
            <Icon name="close" />
          </button>
        </div>
      )}
      {now === null ? (
        <main class="page" id="main" />
      ) : !known ? (
        <SignIn />
      ) : here[0] === "report" && here[1] ? (
        <ReportView key={here[1]} id={here[1]} />
      ) : here[0] === "cases" ? (
        here[1] ? <CaseView key={here[1]} id={here[1]} /> : <Cases />
      ) : (
        <Home />
      )}
      <p class="hidden" role="status" aria-live="polite">
        {said.value}
      </p>
      {help && <Help close={() => setHelp(false)} />}
    </>
  );
}

function skip(event: Event): void {
  event.preventDefault();
  focusMain();
}

function focusMain(): void {
  const main = document.getElementById("main");
  main?.setAttribute("tabindex", "-1");
  main?.focus({ preventScroll: true });
}

async function signOut(): Promise<void> {
  try {
    await ask("DELETE", "/v1/session");
    session.value = { keys: true, owner: null };
  } catch (error) {
    complain(error);
  }
}

function SignIn(): JSX.Element {
  const [key, setKey] = useState("");
  const [wrong, setWrong] = useState("");
  const send = async (event: Event) => {
    event.preventDefault();
    try {
      session.value = await ask<Session>("POST", "/v1/session", { key: key.trim() });
    } catch (error) {
      setWrong((error as Error).message || t("no-answer"));
    }
  };
  return (
    <main class="page narrow" id="main">
      <h1>{t("sign-in")}</h1>
      <p class="soft">{t("sign-in-lead")}</p>
      <form class="sign-in" onSubmit={send}>
        <label>
          {t("key")}
          <input
            type="password"
            autocomplete="current-password"
            value={key}
            aria-invalid={wrong !== ""}
            aria-describedby="wrong"
            onInput={(e) => setKey(e.currentTarget.value)}
          />
        </label>
        <p id="wrong" class="warn" role="alert">
          {wrong}
        </p>
        <button class="primary" disabled={!key.trim()}>
          {t("sign-in")}
        </button>
      </form>
    </main>
  );
}

function Help({ close }: { close: () => void }): JSX.Element {
  return (
    <Dialog title={t("key-help")} close={close}>
      <table class="keys">
        <tbody>
          {KEYS.map(([keys, message]) => (
            <tr key={message}>
              <th scope="row">
                {keys.split(" ").map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </th>
              <td>{t(message)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <label class="check">
        <input type="checkbox" checked={singleKeys.value} onChange={(e) => allowSingleKeys(e.currentTarget.checked)} />
        {t("single-keys")}
      </label>
      <p class="soft">
        <a href="/openapi.json">{t("api")}</a> · <a href="/page/licences.txt">{t("licences")}</a>
      </p>
    </Dialog>
  );
}

paint(theme.value);
void loadSession();
render(<App />, document.getElementById("root")!);
