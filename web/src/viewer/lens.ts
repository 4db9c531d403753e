/** Stored pixels, enlarged without smoothing: read from tiles that are PNG, not JPEG. */

// As locard/serve/tiles.py cuts them.
const TILE = 510;
const OVERLAP = 1;

export class Lens {
  private readonly tiles = new Map<string, HTMLImageElement>();
  private readonly pixel = document.createElement("canvas");
  private readonly top: number;

  constructor(
    private readonly base: string,
    private readonly width: number,
    private readonly height: number,
    private readonly redraw: () => void,
  ) {
    this.top = Math.ceil(Math.log2(Math.max(width, height, 1)));
    this.pixel.width = this.pixel.height = 1;
  }

  private tile(column: number, row: number): HTMLImageElement | null {
    const name = `${column}_${row}`;
    let image = this.tiles.get(name);
    if (!image) {
      image = new Image();
      image.onload = this.redraw;
      image.src = `${this.base}/picture_files/${this.top}/${name}.png`;
      this.tiles.set(name, image);
      if (this.tiles.size > 40) this.tiles.delete(this.tiles.keys().next().value!);
    }
    return image.complete && image.naturalWidth > 0 ? image : null;
  }

  /** Draw the surroundings of a pixel; returns its red, green and blue when they are there. */
  draw(canvas: HTMLCanvasElement, x: number, y: number, zoom: number): [number, number, number] | null {
    const context = canvas.getContext("2d")!;
    const side = canvas.width / zoom;
    const left = Math.floor(x) + 0.5 - side / 2;
    const up = Math.floor(y) + 0.5 - side / 2;
    context.imageSmoothingEnabled = false;
    context.clearRect(0, 0, canvas.width, canvas.height);
    const last = (length: number) => Math.ceil(length / TILE) - 1;
    const span = (from: number, length: number) => [
      Math.max(0, Math.floor(from / TILE)),
      Math.min(last(length), Math.floor((from + side) / TILE)),
    ] as const;
    const [c0, c1] = span(left, this.width);
    const [r0, r1] = span(up, this.height);
    let value: [number, number, number] | null = null;
    for (let row = r0; row <= r1; row++) {
      for (let column = c0; column <= c1; column++) {
        const image = this.tile(column, row);
        if (!image) continue;
        const originX = Math.max(0, column * TILE - OVERLAP);
        const originY = Math.max(0, row * TILE - OVERLAP);
        context.drawImage(
          image,
          (originX - left) * zoom,
          (originY - up) * zoom,
          image.naturalWidth * zoom,
          image.naturalHeight * zoom,
        );
        const px = Math.floor(x);
        const py = Math.floor(y);
        if (Math.floor(px / TILE) === column && Math.floor(py / TILE) === row) {
          const single = this.pixel.getContext("2d", { willReadFrequently: true })!;
          single.clearRect(0, 0, 1, 1);
          single.drawImage(image, originX - px, originY - py);
          const [r, g, b, a] = single.getImageData(0, 0, 1, 1).data;
          if (a) value = [r!, g!, b!];
        }
      }
    }
    return value;
  }
}
