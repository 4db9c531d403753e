/** The photo with its layers: opacity, blink, compare, magnifier, regions. */
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Box, Examination, Layers, Region, Report } from "../api";
import { Icon } from "../parts/basics";
import { calm, pointAt, pointAway, pointed } from "../state";
import { count, placed, share, t, type Message } from "../text";
import { Lens } from "../viewer/lens";
import { Photo, type Other } from "../viewer/photo";
import { toShown, toStored, type Grid } from "../viewer/turn";

const FUSED = ["heatmap", "mask", "reliability"] as const;
const BLINK_MS = 700;
const LENS = 232;

/** What other parts of the page ask of the viewer. */
export interface Control {
  zoomTo: (region: number) => void;
  showMap: (finding: string) => void;
  /** The part of the photo on the stage, in stored pixels. */
  view: () => Box | null;
  key: (key: string) => boolean;
}

export function Viewer(props: {
  id: string;
  report: Report | null;
  layers: Layers | null;
  others: Examination[];
  control: { current: Control | null };
  choose: (region: number) => void;
}): JSX.Element {
  const { id, report, layers } = props;
  const stage = useRef<HTMLDivElement>(null);
  const photo = useRef<Photo | null>(null);
  const [size, setSize] = useState<[number, number] | null>(null);
  const [failed, setFailed] = useState(false);
  const [, move] = useState(0);
  const [fused, setFused] = useState<ReadonlySet<string>>(new Set());
  const [single, setSingle] = useState("");
  const [opacity, setOpacity] = useState(0.65);
  const [blinking, setBlinking] = useState(false);
  const [other, setOther] = useState<Other>(null);
  const [split, setSplit] = useState(0.5);
  const [outlines, setOutlines] = useState(true);
  const [lens, setLens] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const touched = useRef(false);

  // One viewer for each photo.
  useEffect(() => {
    setSize(null);
    setFailed(false);
    const made = new Photo(stage.current!, `/v1/reports/${id}/tiles/picture.dzi`, {
      open: (width, height) => {
        setSize([width, height]);
        stage.current!.dataset["open"] = "true";
      },
      fail: () => setFailed(true),
      move: () => move((n) => n + 1),
    });
    photo.current = made;
    // For measurements and tests.
    (stage.current as unknown as { photo: Photo }).photo = made;
    return () => {
      made.close();
      photo.current = null;
    };
  }, [id]);

  const maps = useMemo(
    () =>
      (layers?.layers ?? [])
        .filter((layer) => layer.finding !== null)
        .map((layer) => {
          const finding = report?.findings.find((f) => f.id === layer.finding);
          return { ...layer, title: `${layer.finding} ${finding?.title ?? layer.name}` };
        }),
    [layers, report],
  );

  // All layers are fetched one after the other, so that a switch finds them there.
  useEffect(() => {
    if (!layers || !size || !photo.current) return;
    const rest = layers.layers.filter((layer) => layer.kind !== "picture");
    const current = photo.current;
    current.offer(rest.map((layer) => [layer.name, layer.tiles]));
    if (!touched.current && report?.localization.regions.length) setFused(new Set(["heatmap"]));
    let stop = false;
    void (async () => {
      for (const layer of rest) {
        if (stop) return;
        await current.prepare(layer.name);
      }
      stage.current?.setAttribute("data-ready", "true");
    })();
    return () => {
      stop = true;
    };
  }, [layers, size]);

  const shown = [...fused, ...(single ? [single] : [])];
  useEffect(() => photo.current?.show(shown, opacity), [fused, single, opacity, size, layers]);
  useEffect(() => {
    const all = regions.length ? count("regions", regions.length) : t("regions-none");
    photo.current?.describe(report ? t("photo-alt", { name: report.exhibit.name, regions: all }) : t("photo"));
  }, [report, id]);
  useEffect(() => photo.current?.compare(other, split), [other, split, size]);

  useEffect(() => {
    photo.current?.dim(false);
    if (!blinking) return;
    let dark = false;
    const timer = setInterval(() => {
      dark = !dark;
      photo.current?.dim(dark);
    }, BLINK_MS);
    return () => clearInterval(timer);
  }, [blinking]);

  const grid: Grid | null = report && {
    width: report.exhibit.width,
    height: report.exhibit.height,
    orientation: report.exhibit.orientation,
  };
  const regions: Region[] = report?.localization.regions ?? [];

  const toggle = (name: string) => {
    touched.current = true;
    const next = new Set(fused);
    if (!next.delete(name)) next.add(name);
    setFused(next);
  };
  const step = (by: number) => {
    touched.current = true;
    const names = ["", ...maps.map((map) => map.name)];
    setSingle(names[(names.indexOf(single) + by + names.length) % names.length]!);
  };
  const focusRegion = (index: number) => {
    const region = regions[index];
    if (!region || !grid) return;
    setChosen(index);
    photo.current?.zoomTo(toShown(region.box, grid));
    pointAt(index + 1, region.findings);
  };

  props.control.current = {
    zoomTo: (region) => focusRegion(region - 1),
    showMap: (finding) => {
      const map = maps.find((m) => m.finding === finding);
      if (!map) return;
      touched.current = true;
      setFused(new Set());
      setSingle(map.name);
    },
    view: () => (photo.current && grid ? toStored(photo.current.view(), grid) : null),
    key: (key) => {
      const actions: Record<string, () => void> = {
        "0": () => {
          touched.current = true;
          setFused(new Set());
          setSingle("");
        },
        "1": () => toggle("heatmap"),
        "2": () => toggle("mask"),
        "3": () => toggle("reliability"),
        "[": () => step(-1),
        "]": () => step(1),
        b: () => blink(),
        c: () => setOther(other === null ? "bare" : null),
        m: () => setLens(!lens),
        o: () => setOutlines(!outlines),
        f: () => photo.current?.zoomHome(),
        p: () => photo.current?.zoomToPixels(),
        "+": () => photo.current?.zoomBy(1.5),
        "-": () => photo.current?.zoomBy(1 / 1.5),
        r: () => regions.length && focusRegion((chosen + 1) % regions.length),
        R: () => regions.length && focusRegion(((chosen < 0 ? 0 : chosen) - 1 + regions.length) % regions.length),
      };
      const action = actions[key];
      action?.();
      return action !== undefined;
    },
  };

  const blink = () => {
    // Who wants no motion switches by hand.
    if (calm.matches) {
      touched.current = true;
      if (shown.length) {
        setFused(new Set());
        setSingle("");
      } else setFused(new Set(["heatmap"]));
    } else setBlinking(!blinking);
  };

  const about = single ? t("about-map") : [...fused].map((name) => t(`about-${name}` as Message)).join(" ");
  return (
    <section class="viewer" aria-label={t("photo")}>
      <div class="bar">
        <div class="group" role="group" aria-label={t("layers")}>
          {FUSED.map((name, i) => (
            <button
              key={name}
              class="toggle"
              data-layer={name}
              aria-pressed={fused.has(name)}
              aria-keyshortcuts={String(i + 1)}
              disabled={!layers}
              onClick={() => toggle(name)}
            >
              {t(`layer-${name}`)}
            </button>
          ))}
          <select
            aria-label={t("method-map")}
            value={single}
            disabled={!maps.length}
            onChange={(e) => {
              touched.current = true;
              setSingle(e.currentTarget.value);
            }}
          >
            <option value="">{t("no-method-map")}</option>
            {maps.map((map) => (
              <option key={map.name} value={map.name}>
                {map.title}
              </option>
            ))}
          </select>
        </div>
        <label class="range" title={t("opacity")}>
          <span class="wide">{t("opacity")}</span>
          <input
            type="range"
            aria-label={t("opacity")}
            min="0"
            max="100"
            value={Math.round(opacity * 100)}
            onInput={(e) => setOpacity(Number(e.currentTarget.value) / 100)}
          />
        </label>
        <button
          class="toggle"
          aria-label={t("blink")}
          title={t("blink")}
          aria-pressed={blinking}
          disabled={!shown.length}
          aria-keyshortcuts="b"
          onClick={blink}
        >
          <Icon name="blink" /> <span class="wide">{t("blink")}</span>
        </button>
        <button
          class="toggle"
          data-act="lens"
          aria-label={t("magnifier")}
          title={t("magnifier")}
          aria-pressed={lens}
          aria-keyshortcuts="m"
          onClick={() => setLens(!lens)}
        >
          <Icon name="lens" /> <span class="wide">{t("magnifier")}</span>
        </button>
        <label class="pick">
          <Icon name="compare" />
          <span class="hidden">{t("compare")}</span>
          <select
            data-act="compare"
            value={other ?? ""}
            onChange={(e) => setOther(e.currentTarget.value || null)}
            disabled={!size}
          >
            <option value="">{t("compare-off")}</option>
            <option value="bare">{t("compare-bare")}</option>
            {props.others.length > 0 && (
              <optgroup label={t("compare-other")}>
                {props.others.map((e) => (
                  <option key={e.id} value={`/v1/reports/${e.id}/tiles/picture.dzi`}>
                    {e.name}
                  </option>
                ))}
              </optgroup>
            )}
          </select>
        </label>
      </div>
      <div class="stage">
        <div
          ref={stage}
          class="canvas"
        />
        {failed && <p class="empty">{t("photo-failed")}</p>}
        {!size && !failed && <p class="empty">{t("photo-loading")}</p>}
        {size && grid && outlines && (
          <div class="regions">
            {regions.map((region, i) => (
              <RegionBox
                key={i}
                number={i + 1}
                region={region}
                box={photo.current?.place(toShown(region.box, grid)) ?? [0, 0, 0, 0]}
                choose={() => {
                  setChosen(i);
                  props.choose(i + 1);
                }}
              />
            ))}
          </div>
        )}
        {size && other !== null && (
          <Split
            at={split}
            move={setSplit}
            left={other === "bare" ? t("compare-bare") : (props.others.find((e) => other.includes(e.id))?.name ?? "")}
            right={other === "bare" ? t("with-layers") : (report?.exhibit.name ?? "")}
          />
        )}
        {size && lens && <Magnifier id={id} size={size} photo={photo.current!} stage={stage.current!} grid={grid} />}
        {size && <div class="zoom" role="group" aria-label={t("zoom")}>
          <button aria-label={t("zoom-in")} aria-keyshortcuts="+" onClick={() => photo.current?.zoomBy(1.5)}>
            <Icon name="plus" />
          </button>
          <button aria-label={t("zoom-out")} aria-keyshortcuts="-" onClick={() => photo.current?.zoomBy(1 / 1.5)}>
            <Icon name="minus" />
          </button>
          <button aria-label={t("zoom-fit")} aria-keyshortcuts="f" onClick={() => photo.current?.zoomHome()}>
            <Icon name="fit" />
          </button>
          <button aria-label={t("zoom-pixels")} aria-keyshortcuts="p" onClick={() => photo.current?.zoomToPixels()}>
            1:1
          </button>
          {regions.length > 0 && (
            <button aria-label={t("outlines")} aria-pressed={outlines} aria-keyshortcuts="o" onClick={() => setOutlines(!outlines)}>
              <Icon name="frame" />
            </button>
          )}
        </div>}
      </div>
      <p class="legend">
        {(fused.has("heatmap") || single) && (
          <span>
            <i class="ramp" /> {t("legend-heat")}
          </span>
        )}
        {fused.has("mask") && (
          <span>
            <i class="swatch mask" /> {t("legend-mask")}
          </span>
        )}
        {fused.has("reliability") && (
          <span>
            <i class="swatch doubt" /> {t("legend-reliability")}
          </span>
        )}
        {about ? (
          <span class="soft">{about}</span>
        ) : (
          report && (
            <span class="soft">
              {regions.length ? count("regions", regions.length) : t("regions-none")}{" "}
              {t("reliable", { share: share(report.localization.reliable_share) })}
            </span>
          )
        )}
      </p>
    </section>
  );
}

/** The place of a region in words. */
export function placeName(region: Region): string {
  return (region.place?.names ?? []).map(placed).join(", ");
}

function RegionBox(props: { number: number; region: Region; box: Box; choose: () => void }): JSX.Element {
  const { number, region, box } = props;
  const now = pointed.value;
  const lit = now.region === number || region.findings.some((f) => now.region === null && now.findings.includes(f));
  return (
    <button
      class={lit ? "region lit" : "region"}
      data-region={number}
      style={{ left: `${box[0]}px`, top: `${box[1]}px`, width: `${box[2]}px`, height: `${box[3]}px` }}
      aria-label={t("region-label", { number, place: placeName(region), findings: region.findings.join(", ") })}
      onMouseEnter={() => pointAt(number, region.findings)}
      onMouseLeave={pointAway}
      onFocus={() => pointAt(number, region.findings)}
      onBlur={pointAway}
      onClick={props.choose}
    >
      <b>{number}</b>
    </button>
  );
}

function Split(props: { at: number; move: (at: number) => void; left: string; right: string }): JSX.Element {
  const track = useRef<HTMLDivElement>(null);
  const set = (at: number) => props.move(Math.min(1, Math.max(0, at)));
  const drag = (event: PointerEvent) => {
    const area = track.current!.getBoundingClientRect();
    set((event.clientX - area.left) / area.width);
  };
  const percent = Math.round(props.at * 100);
  return (
    <div class="split" ref={track}>
      <span class="side left">{props.left}</span>
      <span class="side right">{props.right}</span>
      <div
        class="handle"
        role="slider"
        tabIndex={0}
        aria-label={t("compare")}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        aria-valuetext={`${percent} %`}
        style={{ left: `${props.at * 100}%` }}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          event.currentTarget.focus();
          event.preventDefault();
        }}
        onPointerMove={(event) => event.currentTarget.hasPointerCapture(event.pointerId) && drag(event)}
        onKeyDown={(event) => {
          const by: Record<string, number> = { ArrowLeft: -0.02, ArrowRight: 0.02, PageDown: -0.1, PageUp: 0.1 };
          const ends: Record<string, number> = { Home: 0, End: 1 };
          const delta = by[event.key];
          const end = ends[event.key];
          if (delta === undefined && end === undefined) return;
          event.preventDefault();
          event.stopPropagation();
          set(end ?? props.at + (delta ?? 0));
        }}
      >
        <i />
      </div>
    </div>
  );
}

function Magnifier(props: {
  id: string;
  size: [number, number];
  photo: Photo;
  stage: HTMLElement;
  grid: Grid | null;
}): JSX.Element {
  const { photo, stage, size } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [zoom, setZoom] = useState(8);
  const [at, setAt] = useState<[number, number]>([Math.floor(size[0] / 2), Math.floor(size[1] / 2)]);
  const [, redraw] = useState(0);
  const lens = useMemo(
    () => new Lens(`/v1/reports/${props.id}/tiles`, size[0], size[1], () => redraw((n) => n + 1)),
    [props.id, size],
  );
  const clamp = (x: number, y: number): [number, number] => [
    Math.min(size[0] - 1, Math.max(0, Math.floor(x))),
    Math.min(size[1] - 1, Math.max(0, Math.floor(y))),
  ];
  useEffect(() => {
    const follow = (event: PointerEvent) => {
      const area = stage.getBoundingClientRect();
      const [x, y] = photo.at(event.clientX - area.left, event.clientY - area.top);
      setAt(clamp(x, y));
    };
    stage.addEventListener("pointermove", follow);
    stage.addEventListener("pointerdown", follow);
    return () => {
      stage.removeEventListener("pointermove", follow);
      stage.removeEventListener("pointerdown", follow);
    };
  }, [stage, photo, size]);
  const side = LENS * Math.min(2, Math.ceil(devicePixelRatio));
  const [value, setValue] = useState<[number, number, number] | null>(null);
  useEffect(() => {
    const now = lens.draw(canvas.current!, at[0], at[1], zoom * (side / LENS));
    setValue((old) => (String(old) === String(now) ? old : now));
  });
  const mark = photo.place([at[0], at[1], 1, 1]);
  const right = mark[0] > stage.clientWidth / 2;
  const stored = props.grid ? toStored([at[0], at[1], 1, 1], props.grid) : [at[0], at[1]];
  const wide = Math.max(mark[2], 7);
  return (
    <>
      <i
        class="crosshair"
        style={{
          left: `${mark[0] + mark[2] / 2 - wide / 2}px`,
          top: `${mark[1] + mark[3] / 2 - wide / 2}px`,
          width: `${wide}px`,
          height: `${wide}px`,
        }}
      />
      <div
        class={right ? "lens left" : "lens right"}
        role="group"
        aria-label={t("magnifier")}
        tabIndex={0}
        onKeyDown={(event) => {
          const by = event.shiftKey ? 10 : 1;
          const steps: Record<string, [number, number]> = {
            ArrowLeft: [-by, 0],
            ArrowRight: [by, 0],
            ArrowUp: [0, -by],
            ArrowDown: [0, by],
          };
          const step = steps[event.key];
          if (!step) return;
          event.preventDefault();
          event.stopPropagation();
          setAt(clamp(at[0] + step[0], at[1] + step[1]));
        }}
      >
        <div class="glass">
          <canvas ref={canvas} width={side} height={side} aria-hidden="true" />
          <i style={{ width: `${zoom}px`, height: `${zoom}px` }} />
        </div>
        <p>
          <span data-pixel>
            {stored[0]}, {stored[1]}
          </span>
          <span data-value>{value ? value.join(" ") : "…"}</span>
          <select aria-label={t("magnification")} value={zoom} onChange={(e) => setZoom(Number(e.currentTarget.value))}>
            {[4, 8, 16].map((z) => (
              <option key={z} value={z}>
                {z}×
              </option>
            ))}
          </select>
        </p>
      </div>
    </>
  );
}
