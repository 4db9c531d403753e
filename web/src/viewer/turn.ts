/** The stored pixel grid and the picture as it is shown; see locard/exhibit/orientation.py. */
import type { Box } from "../api";

export interface Grid {
  /** Columns and rows of the stored grid. */
  width: number;
  height: number;
  /** EXIF orientation, 1 to 8. */
  orientation: number;
}

type Point = [x: number, y: number];

function turnPoint([x, y]: Point, { width, height, orientation }: Grid): Point {
  switch (orientation) {
    case 2:
      return [width - x, y];
    case 3:
      return [width - x, height - y];
    case 4:
      return [x, height - y];
    case 5:
      return [y, x];
    case 6:
      return [height - y, x];
    case 7:
      return [height - y, width - x];
    case 8:
      return [y, width - x];
    default:
      return [x, y];
  }
}

function across([x0, y0]: Point, [x1, y1]: Point): Box {
  return [Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0)];
}

export function shownSize({ width, height, orientation }: Grid): Point {
  return orientation >= 5 ? [height, width] : [width, height];
}

/** Move a box from the stored grid to the picture as it is shown. */
export function toShown([x, y, w, h]: Box, grid: Grid): Box {
  return across(turnPoint([x, y], grid), turnPoint([x + w, y + h], grid));
}

/** Move a box from the picture as it is shown to the stored grid. */
export function toStored([x, y, w, h]: Box, grid: Grid): Box {
  const [width, height] = shownSize(grid);
  // A quarter turn is undone by the other one; all other turns undo themselves.
  const back = { 6: 8, 8: 6 }[grid.orientation] ?? grid.orientation;
  const shown = { width, height, orientation: back };
  return across(turnPoint([x, y], shown), turnPoint([x + w, y + h], shown));
}
