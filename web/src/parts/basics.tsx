/** Small parts that everything is made of. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Claim, Finding, Verdict } from "../api";
import { pointAt, pointAway, pointed } from "../state";
import { printable, t } from "../text";

const shapes = {
  upload: "M8 11V3m0 0L5 6m3-3 3 3M3 11v2h10v-2",
  trash: "M3 4.5h10M6.5 4V2.5h3V4M4.5 4.5l.6 9h5.8l.6-9M6.8 7v4M9.2 7v4",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  fit: "M3 6V3h3M13 6V3h-3M3 10v3h3M13 10v3h-3",
  lens: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.3 10.3 14 14",
  compare: "M8 2v12M3 4h3v8H3zM10 4h3v8h-3z",
  blink: "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8ZM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  frame: "M2.5 4.5h11v7h-11z",
  sun: "M8 10.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM8 1.5v2M8 12.5v2M1.5 8h2M12.5 8h2M3.4 3.4l1.4 1.4M11.2 11.2l1.4 1.4M3.4 12.6l1.4-1.4M11.2 4.8l1.4-1.4",
  moon: "M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5Z",
  auto: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM8 2v12M8 5h5M8 8h6M8 11h5",
  close: "M4 4l8 8M12 4l-8 8",
  back: "M9.5 3.5 5 8l4.5 4.5",
  down: "M4 6l4 4 4-4",
  download: "M8 3v7m0 0L5 7m3 3 3-3M3 13h10",
} as const;

export function Icon({ name }: { name: keyof typeof shapes }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={shapes[name]} />
    </svg>
  );
}

/** A sign for a verdict: shape and colour, so that neither is needed alone. */
export function Sign({ verdict }: { verdict: Verdict }): JSX.Element {
  const paths = {
    authentic: "M4.5 8.3l2.4 2.4 4.6-5",
    edited: "M8 4.2v4.6M8 11.4v.2",
    generated: "M8 3.6l1.2 3.2L12.4 8 9.2 9.2 8 12.4 6.8 9.2 3.6 8l3.2-1.2z",
    inconclusive: "M6 6.2A2 2 0 1 1 8.4 8.2c-.3.1-.4.4-.4.8M8 11.4v.2",
  };
  return (
    <svg class={`sign ${verdict}`} viewBox="0 0 16 16" aria-hidden="true">
      {verdict === "edited" ? (
        <path class="ground" d="M8 .8 15.4 14H.6z" />
      ) : verdict === "inconclusive" ? (
        <path class="ground" d="M8 .4 15.6 8 8 15.6.4 8z" />
      ) : verdict === "generated" ? (
        <rect class="ground" x=".8" y=".8" width="14.4" height="14.4" rx="2.4" />
      ) : (
        <circle class="ground" cx="8" cy="8" r="7.4" />
      )}
      <path class="mark" d={verdict === "edited" ? "M8 5.4v4M8 11.7v.2" : paths[verdict]} />
    </svg>
  );
}

/** The findings that a sentence rests on; pointing at one shows what it marks. */
export function Cites({ ids, most = 4 }: { ids: string[]; most?: number }): JSX.Element | null {
  if (!ids.length) return null;
  const shown = ids.slice(0, most);
  return (
    <span class="cites">
      {shown.map((id) => (
        <Cite key={id} id={id} />
      ))}
      {ids.length > shown.length && (
        <span class="soft" title={ids.join(", ")}>
          +{ids.length - shown.length}
        </span>
      )}
    </span>
  );
}

export function Cite({ id }: { id: string }): JSX.Element {
  const lit = pointed.value.findings.includes(id);
  return (
    <a
      class={lit ? "chip lit" : "chip"}
      href={`#${id}`}
      data-finding={id}
      onMouseEnter={() => pointAt(null, [id])}
      onMouseLeave={pointAway}
      onFocus={() => pointAt(null, [id])}
      onBlur={pointAway}
      onClick={(event) => {
        event.preventDefault();
        dispatchEvent(new CustomEvent("locard-finding", { detail: id }));
      }}
    >
      {id}
    </a>
  );
}

// A sentence that rests on more findings than this is about all of them, not about a place.
const OF_A_PLACE = 3;

/** Whether the reader points at something that findings speak of. */
export function isPointedAt(findings: string[]): boolean {
  return findings.length <= OF_A_PLACE && findings.some((f) => pointed.value.findings.includes(f));
}

/** Sentences with what they rest on; pointing at one shows what it speaks of. */
export function Sentences({ claims }: { claims: Claim[] }): JSX.Element {
  return (
    <>
      {claims.map((claim, i) => (
        <span
          key={i}
          class={isPointedAt(claim.findings) ? "said lit" : "said"}
          onMouseEnter={() => pointAt(claim.region, claim.findings)}
          onMouseLeave={pointAway}
        >
          {printable(claim.text)} <Cites ids={claim.findings} most={3} />{" "}
        </span>
      ))}
    </>
  );
}

/** A bar on a logarithmic scale from 1 : 10⁴ to 10⁴; to the right it speaks for the proposition. */
export function LrBar({ log10 }: { log10: number }): JSX.Element {
  const end = 50 + 50 * Math.min(Math.max(log10 / 4, -1), 1);
  const width = Math.max(Math.abs(end - 50), 0.6);
  return (
    <span class="lr" aria-hidden="true">
      <i class={log10 < 0 ? "against" : "for"} style={{ left: `${Math.min(end, 50)}%`, width: `${width}%` }} />
    </span>
  );
}

/** A dialog over the page; Escape closes it and the focus goes back. */
export function Dialog(props: {
  title: string;
  close: () => void;
  children: ComponentChildren;
}): JSX.Element {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    element.current?.showModal();
    return () => before?.focus?.();
  }, []);
  return (
    <dialog
      ref={element}
      aria-labelledby="dialog-title"
      onClose={props.close}
      onClick={(event) => event.target === element.current && element.current?.close()}
    >
      <div class="dialog">
        <header>
          <h2 id="dialog-title">{props.title}</h2>
          <button class="quiet" aria-label={t("close")} onClick={() => element.current?.close()}>
            <Icon name="close" />
          </button>
        </header>
        {props.children}
      </div>
    </dialog>
  );
}

/** Ask before something cannot be undone. */
export function Confirm(props: {
  question: string;
  action: string;
  act: () => void;
  close: () => void;
}): JSX.Element {
  return (
    <Dialog title={props.question} close={props.close}>
      <div class="buttons">
        <button onClick={props.close}>{t("cancel")}</button>
        <button
          class="danger"
          data-act="confirm"
          onClick={() => {
            props.close();
            props.act();
          }}
        >
          {props.action}
        </button>
      </div>
    </Dialog>
  );
}

/** Weighed findings first, strongest before weaker ones. */
export function strongestFirst(findings: Finding[]): Finding[] {
  const weight = (f: Finding) => Math.abs((f.log10_lr ?? 0) * (f.weight ?? 0));
  return [...findings].sort((a, b) => weight(b) - weight(a));
}
