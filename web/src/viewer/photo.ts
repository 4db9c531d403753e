/** The photo and what lies over it, in tiles (OpenSeadragon). Lengths are in pixels as shown. */
import OpenSeadragon from "openseadragon";
import type { Box } from "../api";

// It would add a style of its own to the document, which the page's policy forbids; it looks for
// this first.
const mark = document.createElementNS(null, "style");
mark.setAttribute("data-openseadragon-mobile-css", "");
document.head.append(mark as unknown as Node);

/** What is compared: nothing, the bare photo, or another one that covers the same area. */
export type Other = null | "bare" | string;

export class Photo {
  private readonly osd: OpenSeadragon.Viewer;
  private readonly images = new Map<string, OpenSeadragon.TiledImage>();
  private readonly wanted = new Map<string, string>();
  private readonly shown = new Set<string>();
  private opacity = 0.75;
  private dimmed = false;
  private split: number | null = null;
  private other: Other = null;
  private otherImage: OpenSeadragon.TiledImage | null = null;
  private width = 1;
  private height = 1;

  constructor(
    element: HTMLElement,
    tiles: string,
    on: {
      open: (width: number, height: number) => void;
      fail: () => void;
      move: () => void;
    },
  ) {
    this.osd = OpenSeadragon({
      element,
      drawer: "canvas",
      showNavigationControl: false,
      animationTime: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 0.35,
      blendTime: 0,
      alwaysBlend: false,
      maxZoomPixelRatio: 24,
      minZoomImageRatio: 0.7,
      visibilityRatio: 0.3,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
      gestureSettingsTouch: { clickToZoom: false, dblClickToZoom: true },
      imageLoaderLimit: 4,
      maxImageCacheCount: 600,
      keyboardNavEnabled: true,
      crossOriginPolicy: false,
    });
    // Its own keys: panning and zooming alone; everything else is the page's.
    this.osd.addHandler("canvas-key", (event) => {
      const key = (event.originalEvent as KeyboardEvent).key;
      if (!/^(Arrow|\+|-|=|_)/.test(key)) event.preventDefaultAction = true;
    });
    this.osd.addHandler("tile-drawing", (event) => {
      // Above one to one a pixel is a square; maps stay smooth.
      const context = (event as unknown as { context: CanvasRenderingContext2D }).context;
      const exact = this.scale() > 1 && (event.tiledImage === this.base || event.tiledImage === this.otherImage);
      context.imageSmoothingEnabled = !exact;
    });
    this.osd.addHandler("viewport-change", () => this.clip());
    this.osd.addHandler("resize", () => this.clip());
    this.osd.addHandler("update-viewport", () => on.move());
    this.osd.addHandler("animation", () => on.move());
    this.osd.addHandler("open-failed", () => on.fail());
    this.osd.addHandler("open", () => {
      const size = this.base!.getContentSize();
      this.width = size.x;
      this.height = size.y;
      for (const [name, address] of this.wanted) this.load(name, address);
      on.open(size.x, size.y);
    });
    this.osd.open(tiles as unknown as OpenSeadragon.TileSourceSpecifier);
  }

  private get base(): OpenSeadragon.TiledImage | undefined {
    return this.osd.world.getItemAt(0);
  }

  close(): void {
    this.osd.destroy();
  }

  /** Say to a screen reader what is shown. */
  describe(text: string): void {
    this.osd.canvas.setAttribute("role", "img");
    this.osd.canvas.setAttribute("aria-label", text);
  }

  /** Name the layers; they are fetched when shown, or before that by `prepare`. */
  offer(layers: [name: string, tiles: string][]): void {
    for (const [name, tiles] of layers) this.wanted.set(name, tiles);
  }

  /** Fetch a layer, so that it is there at once when it is asked for. */
  prepare(name: string): Promise<void> {
    const tiles = this.wanted.get(name);
    if (!tiles || !this.base || this.images.has(name)) return Promise.resolve();
    return this.load(name, tiles);
  }

  private loading = new Map<string, Promise<void>>();

  private load(name: string, tileSource: string): Promise<void> {
    const before = this.loading.get(name);
    if (before) return before;
    const done = new Promise<void>((resolve) => {
      this.osd.addTiledImage({
        tileSource,
        width: 1,
        opacity: 0,
        preload: true,
        success: (event) => {
          const image = (event as unknown as { item: OpenSeadragon.TiledImage }).item;
          this.images.set(name, image);
          this.paint();
          if (image.getFullyLoaded()) resolve();
          else image.addOnceHandler("fully-loaded-change", () => resolve());
        },
        error: () => resolve(),
      });
    });
    this.loading.set(name, done);
    return done;
  }

  /** Show these layers and no others. */
  show(names: Iterable<string>, opacity: number): void {
    this.shown.clear();
    for (const name of names) {
      this.shown.add(name);
      void this.prepare(name);
    }
    this.opacity = opacity;
    this.paint();
  }

  /** Hide all layers for a moment, and show them again: blinking. */
  dim(dimmed: boolean): void {
    this.dimmed = dimmed;
    this.paint();
  }

  private paint(): void {
    for (const [name, image] of this.images) {
      const visible = this.shown.has(name) && !this.dimmed;
      image.setOpacity(visible ? this.opacity : 0);
    }
    this.clip();
  }

  /** Compare with the bare photo or another one; it lies on the left of the split. */
  compare(other: Other, split: number): void {
    this.split = other === null ? null : split;
    if (other !== this.other) {
      this.other = other;
      if (this.otherImage) this.osd.world.removeItem(this.otherImage);
      this.otherImage = null;
      if (other !== null && other !== "bare") {
        this.osd.addTiledImage({
          tileSource: other,
          width: 1,
          success: (event) => {
            const item = (event as unknown as { item: OpenSeadragon.TiledImage }).item;
            // Another one was chosen since, or the same one twice.
            if (this.other !== other || this.otherImage) {
              this.osd.world.removeItem(item);
              return;
            }
            this.otherImage = item;
            this.clip();
          },
        });
      }
    }
    this.clip();
  }

  /** Cut what lies over the photo at the split, which is a share of the stage's width. */
  private clip(): void {
    const base = this.base;
    if (!base) return;
    const at = this.split === null ? null : this.split * this.osd.viewport.getContainerSize().x;
    const cut = (image: OpenSeadragon.TiledImage, keep: "left" | "right") => {
      const size = image.getContentSize();
      if (at === null) {
        image.setClip(null);
        return;
      }
      const x = image.viewerElementToImageCoordinates(new OpenSeadragon.Point(at, 0)).x;
      const edge = Math.min(Math.max(x, 0), size.x);
      image.setClip(
        keep === "left"
          ? new OpenSeadragon.Rect(0, 0, edge, size.y)
          : new OpenSeadragon.Rect(edge, 0, size.x - edge, size.y),
      );
    };
    for (const image of this.images.values()) {
      cut(image, "right");
    }
    if (this.otherImage) cut(this.otherImage, "left");
  }

  /** Screen pixels for a pixel of the photo. */
  scale(): number {
    const base = this.base;
    return base ? base.viewportToImageZoom(this.osd.viewport.getZoom(true)) : 1;
  }

  zoomBy(factor: number): void {
    this.osd.viewport.zoomBy(factor);
    this.osd.viewport.applyConstraints();
  }

  /** One pixel of the photo on one of the screen. */
  zoomToPixels(): void {
    const base = this.base;
    if (base) this.osd.viewport.zoomTo(base.imageToViewportZoom(1 / devicePixelRatio));
  }

  zoomHome(): void {
    this.osd.viewport.goHome();
  }

  /** Bring a box into view, with what surrounds it. */
  zoomTo([x, y, w, h]: Box): void {
    const base = this.base;
    if (!base) return;
    const margin = 0.6 * Math.max(w, h, 40);
    this.osd.viewport.fitBounds(
      base.imageToViewportRectangle(x - margin, y - margin, w + 2 * margin, h + 2 * margin),
    );
  }

  /** Where a box is on the stage, in its CSS pixels. */
  place([x, y, w, h]: Box): Box {
    const base = this.base;
    if (!base) return [0, 0, 0, 0];
    const a = base.imageToViewerElementCoordinates(new OpenSeadragon.Point(x, y));
    const b = base.imageToViewerElementCoordinates(new OpenSeadragon.Point(x + w, y + h));
    return [a.x, a.y, b.x - a.x, b.y - a.y];
  }

  /** The pixel of the photo at a place of the stage. */
  at(x: number, y: number): [x: number, y: number] {
    const point = this.base?.viewerElementToImageCoordinates(new OpenSeadragon.Point(x, y));
    return point ? [point.x, point.y] : [0, 0];
  }

  /** The part of the photo that is on the stage. */
  view(): Box {
    const base = this.base;
    if (!base) return [0, 0, this.width, this.height];
    const bounds = base.viewportToImageRectangle(this.osd.viewport.getBounds(true));
    const x = Math.max(0, Math.floor(bounds.x));
    const y = Math.max(0, Math.floor(bounds.y));
    const right = Math.min(this.width, Math.ceil(bounds.x + bounds.width));
    const bottom = Math.min(this.height, Math.ceil(bounds.y + bounds.height));
    return [x, y, Math.max(0, right - x), Math.max(0, bottom - y)];
  }

  /** Whether all tiles of what is shown are there. */
  complete(): boolean {
    const images = [this.base, ...[...this.shown].map((name) => this.images.get(name))];
    return images.every((image) => image?.getFullyLoaded() ?? false);
  }
}
