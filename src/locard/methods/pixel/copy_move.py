"""Copy-move: a part of the picture pasted elsewhere in the same picture.

Candidates come from two sides. Keypoints (SIFT, Lowe 2004, matched within the picture with the
generalized two-nearest-neighbour test of Amerini et al. 2011) find rotated and scaled copies
where there is structure. A dense field of binary descriptors (box differences, after Calonder et
al. 2010, one at every pixel, paired by sorting) finds shifted copies in smooth areas that have no
keypoints; it stands for the PatchMatch field of Cozzolino, Poggi, Verdoliva (2015), at the cost of
one sort.

Each candidate is an affine map. As in their dense linear fitting, the picture is compared with
its warped self: local zero-mean normalized cross-correlation gives the region, grown from the
matched points. What tells a copy from things that merely look alike (windows, letters, bricks) is
measured on that region: a copy repeats detail and shading alike, leaves a residual no larger than
compression does, jumps at its outline, takes its keypoints along and fills a solid area. A
logistic rule weighs these; `benchmarks/copy_move.py --fit` fitted it on copies made in photos of
the development set, none of which are in CoMoFoD.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.exhibit import Exhibit
from locard.methods.contract import (
    Cost,
    FactValue,
    Finding,
    GridMap,
    Need,
    Question,
    Status,
    method,
    not_applicable,
)

Points = NDArray[np.complex128]
Affine = NDArray[np.float64]
Map = NDArray[np.float32]
Mask = NDArray[np.bool_]
Box = tuple[int, int, int, int]

_MIN_SHIFT = 16.0  # working pixels between the two places; nearer ones are one texture
_MAX_KEYPOINTS = 3000
_MAX_SEEDS = 150
_MAX_PAIRS = 3000
_MAX_KEYPOINT_CANDIDATES = 14
_MAX_SHIFT_CANDIDATES = 6
_GROW, _SEED = 0.55, 0.8  # correlation that belongs to a region, and that starts one
_WINDOW = 7
_MIN_AREA = 100
_ALIGNED = 224  # working pixels, longest side of what an alignment looks at
_MIN_DETAIL = 0.25  # grey levels; below, the rounding of pixel values makes flat areas "equal"
_MIN_SPREAD = 1.0  # median local standard deviation, grey levels, for the same reason
REPORT = 3.0  # score from which a pair is reported

# Weights of `Pair.features`, log10 odds; see `benchmarks/copy_move.py --fit`.
_WEIGHTS = np.array([-0.824, 6.998, -1.379, 0.733, 2.21, 0.975, 1.192]) / np.log(10)
# 1 % of untouched development photos lie above 0.43, where `REPORT` is put.
_BIAS = (-9.177 - 0.43) / np.log(10)


@dataclass(slots=True)
class Pair:
    """Two areas of the picture, one of which may be a copy of the other.

    Attributes:
        transform: float64 2 × 3, maps working pixels (x, y) of the source area to the target.
        box: left, top, right, bottom of ``mask`` in working pixels.
        mask: the source area.
        features: what the logistic rule weighs, float64, 7: log residual of the band σ 0.8 to 3.5
            pixels after the best gain, grey levels; solidity (area over that of the convex hull,
            at most 0.75); log difference of shading (residual smoothed with σ = 4); log contrast
            of the area; log residual just outside over inside, at most 1: a copy ends abruptly,
            likeness fades; log matched keypoints; log of their share of all keypoints in the
            area, at most -1.5.
        matched: keypoints of the source area whose match agrees with the transform.
        correlation: of the fine detail (high-pass, σ = 1.5 pixels) of the two areas.
        strength: log10 odds of the rule, shifted so that pairs are reported from `REPORT` on.
    """

    transform: Affine
    box: Box
    mask: Mask
    features: NDArray[np.float64]
    matched: int
    correlation: float
    strength: float = 0.0


@dataclass(frozen=True, slots=True)
class _Keypoints:
    """Keypoints and their matches within the picture.

    ``at``: complex x + iy; ``turn``: complex, scale × e^(i orientation); ``pairs``: int, M × 2;
    ``trust``: 0 to 1 per pair, near 1 for almost equal descriptors.
    """

    at: Points
    turn: Points
    pairs: NDArray[np.int64]
    trust: NDArray[np.float64]


def working_scale(height: int, width: int) -> float:
    """Factor from exhibit to working pixels: 0.4 MP of a 1 MP exhibit, 1.5 MP from 12 MP on."""
    pixels = height * width
    budget = float(np.clip(0.4e6 + 0.1 * (pixels - 1e6), 0.4e6, 1.5e6))
    return min(1.0, float(np.sqrt(budget / pixels)))


def _scale(transform: Affine) -> float:
    """Factor by which lengths grow from source to target."""
    return float(np.sqrt(abs(np.linalg.det(transform[:, :2]))))


def _apply(transform: Affine, z: Points) -> Points:
    x = transform[0, 0] * z.real + transform[0, 1] * z.imag + transform[0, 2]
    y = transform[1, 0] * z.real + transform[1, 1] * z.imag + transform[1, 2]
    return np.asarray(x + 1j * y)


def _places(found: Sequence[cv2.KeyPoint]) -> NDArray[np.float64]:
    """Where keypoints lie, x and y: N × 2."""
    return np.asarray(cv2.KeyPoint.convert(found), np.float64)


def _keypoints(grey: NDArray[np.uint8]) -> _Keypoints | None:
    """SIFT keypoints, thinned evenly over the picture, and their g2NN matches."""
    sift = cv2.SIFT.create(0, 3, 0.002, 25)
    found = sift.detect(grey)
    if len(found) > _MAX_KEYPOINTS:
        # The strongest of every cell in turn: a smooth copied area keeps its few weak keypoints.
        height, width = grey.shape
        cell = np.sqrt(height * width * 6 / _MAX_KEYPOINTS)
        place = _places(found) // cell
        label = place[:, 1] * (width // cell + 1) + place[:, 0]
        order = np.lexsort((-np.array([k.response for k in found]), label))
        starts = np.r_[0, np.flatnonzero(np.diff(label[order])) + 1]
        rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
        found = [found[i] for i in order[np.argsort(rank, kind="stable")[:_MAX_KEYPOINTS]]]
    if len(found) < 6:
        return None
    found, vectors = sift.compute(grey, found)
    at = _places(found) @ np.array([1, 1j])
    turn = np.array([k.size * np.exp(1j * np.deg2rad(k.angle)) for k in found])
    return _Keypoints(at, turn, *_match(at, np.asarray(vectors, np.float32)))


def _match(
    at: Points, vectors: Map, ratio: float = 0.8
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Pairs of far-apart keypoints by the generalized two-nearest-neighbour test, best first."""
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    x, y = at.real.astype(np.float32), at.imag.astype(np.float32)
    pairs, distances = [], []
    for start in range(0, len(at), 512):
        stop = start + 512
        similarity = unit[start:stop] @ unit.T
        near = (x[start:stop, None] - x) ** 2 + (y[start:stop, None] - y) ** 2 < _MIN_SHIFT**2
        similarity[near] = -1.0
        rows = np.arange(len(similarity))
        best, distance = [], []
        for _ in range(4):
            column = similarity.argmax(axis=1)
            distance.append(np.sqrt(np.maximum(2 - 2 * similarity[rows, column], 0.0)))
            best.append(column)
            similarity[rows, column] = -1.0
        good = np.ones(len(rows), dtype=np.bool_)
        for k in range(3):
            good &= (distance[k] < ratio * distance[k + 1]) & (distance[k] < 0.7)
            pairs.append(np.stack([rows[good] + start, best[k][good]], axis=1))
            distances.append(distance[k][good])
    distances_all = np.concatenate(distances)
    order = np.argsort(distances_all, kind="stable")[:_MAX_PAIRS]
    # Descriptors of copies are nearer (0 to 0.3) than those of repeated things (0.3 to 0.5).
    trust = np.exp(-((distances_all[order] / 0.35) ** 2))
    return np.concatenate(pairs)[order].astype(np.int64), trust.astype(np.float64)


def _fit(source: Points, target: Points) -> Affine | None:
    """Similarity through matched points (RANSAC); affine where enough points carry it."""
    a = np.stack([source.real, source.imag], axis=1)
    b = np.stack([target.real, target.imag], axis=1)
    if len(np.unique(np.round(a), axis=0)) < 3:
        return None
    transform, inliers = cv2.estimateAffinePartial2D(
        a, b, method=cv2.RANSAC, ransacReprojThreshold=2.5, maxIters=200
    )
    if transform is None or inliers.sum() < 3:
        return None
    inside = inliers[:, 0].astype(bool)
    if inside.sum() >= 8 and np.ptp(a[inside], axis=0).min() > 20:
        affine, _ = cv2.estimateAffine2D(
            a[inside], b[inside], method=cv2.RANSAC, ransacReprojThreshold=2.0, maxIters=100
        )
        if affine is not None and np.linalg.det(affine[:, :2]) > 0:
            long, short = np.linalg.svd(affine[:, :2], compute_uv=False)
            if long < 1.6 * short:
                transform = affine
    fitted = np.asarray(transform, dtype=np.float64)
    return fitted if 1 / 3 < _scale(fitted) < 3 else None


def _keypoint_candidates(points: _Keypoints, diagonal: float) -> Iterator[tuple[Affine, Points]]:
    """Groups of neighbouring matches that one similarity explains, largest first.

    Every match proposes a similarity from its two keypoints' positions, scales and orientations;
    the one that most neighbours agree with is fitted, yielded with its source points, and its
    matches are taken out.
    """
    if len(points.pairs) == 0:
        return
    pairs = np.concatenate([points.pairs, points.pairs[:, ::-1]])
    pairs, first = np.unique(pairs, axis=0, return_index=True)
    trust = np.concatenate([points.trust, points.trust])[first]
    source, target = points.at[pairs[:, 0]], points.at[pairs[:, 1]]
    turn = (points.turn[pairs[:, 1]] / points.turn[pairs[:, 0]]).astype(np.complex64)
    source32, target32 = source.astype(np.complex64), target.astype(np.complex64)
    log_scale = np.log(np.abs(turn))
    angle = np.angle(turn)
    alive = np.abs(log_scale) < np.log(3.0)
    rng = np.random.default_rng(0)
    yielded = 0
    for _ in range(2 * _MAX_KEYPOINT_CANDIDATES):
        ids = np.flatnonzero(alive)
        if len(ids) < 3 or yielded == _MAX_KEYPOINT_CANDIDATES:
            return
        seeds = ids
        if len(ids) > _MAX_SEEDS:
            chance = trust[ids] / trust[ids].sum()
            seeds = rng.choice(ids, _MAX_SEEDS, replace=False, p=chance)
        away = source32[ids] - source32[seeds][:, None]
        distance = np.abs(away)
        error = np.abs(target32[seeds][:, None] + turn[seeds][:, None] * away - target32[ids])
        # Orientation and scale of one keypoint are coarse, hence a tolerance that grows.
        agree = (error < 2 + 0.15 * distance) & (distance < 0.3 * diagonal)
        agree &= np.abs(log_scale[ids] - log_scale[seeds][:, None]) < 0.35
        between = np.abs(angle[ids] - angle[seeds][:, None])
        agree &= (between < 0.4) | (between > 2 * np.pi - 0.4)
        seed = int((agree @ trust[ids]).argmax())
        if agree[seed].sum() < 3:
            return
        chosen = ids[agree[seed]]
        alive[seeds[seed]] = False
        transform = _fit(source[chosen], target[chosen])
        if transform is None:
            continue
        for _ in range(2):
            near = np.abs(source[ids][:, None] - source[chosen[:50]]).min(axis=1) < 0.15 * diagonal
            grown = ids[(np.abs(_apply(transform, source[ids]) - target[ids]) < 3) & near]
            better = _fit(source[grown], target[grown]) if len(grown) >= 3 else None
            if better is None:
                break
            transform, chosen = better, grown
        yielded += 1
        yield transform, source[chosen]
        inverse = np.asarray(cv2.invertAffineTransform(transform), dtype=np.float64)
        alive[chosen] = False
        alive &= np.abs(_apply(transform, source) - target) >= 6
        alive &= np.abs(_apply(inverse, source) - target) >= 6


def _shift_candidates(luma: Map) -> Iterator[tuple[Affine, Points]]:
    """Shifts for which many neighbouring pixels have equal binary descriptors, most votes first.

    Every pixel gets 32 bits, signs of differences between two 5 × 5 box means within 19 × 19
    pixels. Sorting brings equal descriptors together; each pair of them votes for its shift.
    """
    height, width = luma.shape
    reach, bits = 9, 32
    rows, cols = height - 2 * reach, width - 2 * reach
    if min(rows, cols) < 2 * reach:
        return
    rng = np.random.default_rng(7)
    offsets = np.clip(np.round(rng.normal(0, 4, (bits, 4))), -reach, reach).astype(int) + reach
    box = cv2.blur(luma, (5, 5))
    code = np.zeros((rows, cols), np.uint32)
    for bit, (ya, xa, yb, xb) in enumerate(offsets):
        first, second = box[ya : ya + rows, xa : xa + cols], box[yb : yb + rows, xb : xb + cols]
        code |= (first > second).astype(np.uint32) << np.uint32(bit)
    inner = (slice(reach, reach + rows), slice(reach, reach + cols))
    mean = cv2.blur(luma, (19, 19))[inner]
    variance = cv2.sqrBoxFilter(luma, cv2.CV_32F, (19, 19))[inner] - mean * mean
    usable = np.flatnonzero((variance > 0.3) & (mean > 4) & (mean < 250)).astype(np.uint64)
    packed = np.sort((code.ravel()[usable].astype(np.uint64) << np.uint64(32)) | usable)
    place = (packed & np.uint64(0xFFFFFFFF)).astype(np.int32)
    code_sorted = (packed >> np.uint64(32)).astype(np.uint32)
    firsts, seconds = [], []
    for lag in (1, 2, 3, 4):
        same = np.flatnonzero(code_sorted[lag:] == code_sorted[:-lag])
        firsts.append(place[same])
        seconds.append(place[same + lag])
    y, x = np.divmod(np.concatenate(firsts), cols)
    y2, x2 = np.divmod(np.concatenate(seconds), cols)
    dy, dx = y2 - y, x2 - x
    far = dy * dy + dx * dx >= _MIN_SHIFT**2
    y, x, dy, dx = y[far], x[far], dy[far], dx[far]
    # Equal codes are sorted by place, so dy is never negative.
    shift = dy * (2 * width) + dx + width
    votes = np.bincount(shift, minlength=height * 2 * width)
    for _ in range(_MAX_SHIFT_CANDIDATES):
        top = int(votes.argmax())
        if votes[top] < 12:
            return
        sy, sx = divmod(top, 2 * width)
        around = votes.reshape(height, 2 * width)
        around[max(sy - 2, 0) : sy + 3, max(sx - 2, 0) : sx + 3] = 0
        voters = shift == top
        py, px = y[voters] + reach, x[voters] + reach
        # Chance votes lie scattered; those of a copy crowd into neighbouring 16 × 16 cells.
        cells = np.zeros((height // 16 + 1, width // 16 + 1), np.float32)
        np.add.at(cells, (py // 16, px // 16), 1)
        crowd = cv2.boxFilter(cells, -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT)
        _, label = cv2.connectedComponents((crowd >= max(8.0, 0.3 * crowd.max())).astype(np.uint8))
        group = label[py // 16, px // 16]
        if not group.any():
            continue
        chosen = group == np.bincount(group[group > 0]).argmax()
        yield (
            np.array([[1.0, 0.0, sx - width], [0.0, 1.0, sy]]),
            np.asarray(px[chosen] + 1j * py[chosen]),
        )


def _warp(image: Map, transform: Affine, box: Box) -> Map:
    """What lies at the transform's target of every pixel of the box."""
    left, top, right, bottom = box
    matrix = transform.copy()
    matrix[:, 2] += transform[:, :2] @ np.array([left, top])
    scale = _scale(transform)
    if scale > 1.05:
        # What is shrunk loses the detail that the smaller area lost.
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.5 * np.sqrt(scale**2 - 1)), np.float32)
    warped = cv2.warpAffine(
        image,
        matrix,
        (right - left, bottom - top),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(warped, dtype=np.float32)


def _inside(shape: tuple[int, int], transform: Affine, box: Box) -> Mask:
    """Pixels of the box whose target lies in the picture and not on themselves."""
    left, top, right, bottom = box
    x, y = (
        np.arange(left, right, dtype=np.float32),
        np.arange(top, bottom, dtype=np.float32)[:, None],
    )
    # Plain floats keep the arrays in single precision.
    (a, b, c), (d, e, f) = transform.tolist()
    u = (a * x + c) + b * y
    v = (d * x + f) + e * y
    far = (u - x) ** 2 + (v - y) ** 2 > (_MIN_SHIFT / 2) ** 2
    return np.asarray(far & (u >= 2) & (v >= 2) & (u < shape[1] - 3) & (v < shape[0] - 3))


def _refine(image: Map, transform: Affine, box: Box, mask: NDArray[np.uint8]) -> Affine | None:
    """Affine that maximizes the correlation within the mask (Evangelidis and Psarakis 2008)."""
    x, y, across, down = cv2.boundingRect(mask)
    # The middle of a large area aligns it as well as all of it, in a fraction of the time.
    x, across = x + max(0, across - _ALIGNED) // 2, min(across, _ALIGNED)
    y, down = y + max(0, down - _ALIGNED) // 2, min(down, _ALIGNED)
    mask = np.ascontiguousarray(mask[y : y + down, x : x + across])
    if cv2.countNonZero(mask) < _MIN_AREA:
        return None
    left, top = box[0] + x, box[1] + y
    right, bottom = left + across, top + down
    corners = np.array([left + 1j * top, right + 1j * top, left + 1j * bottom, right + 1j * bottom])
    mapped = _apply(transform, corners)
    x0, y0 = max(int(mapped.real.min()) - 4, 0), max(int(mapped.imag.min()) - 4, 0)
    target = image[y0 : int(mapped.imag.max()) + 5, x0 : int(mapped.real.max()) + 5]
    if min(target.shape, default=0) < 12:
        return None
    start = transform.copy()
    start[:, 2] += transform[:, :2] @ np.array([left, top]) - np.array([x0, y0])
    # OpenCV's mask lies in the picture that is warped, not in the template.
    there = cv2.warpAffine(mask, start, target.shape[::-1], flags=cv2.INTER_NEAREST)
    try:
        _, found = cv2.findTransformECC(
            image[top:bottom, left:right],
            target,
            start.astype(np.float32),
            cv2.MOTION_AFFINE,
            (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 30, 1e-5),
            there,
            3,
        )
    except cv2.error:  # does not converge: the areas have little in common
        return None
    refined = found.astype(np.float64)
    if np.abs(refined[:, :2] - start[:, :2]).max() > 0.15:
        return None
    refined[:, 2] += np.array([x0, y0]) - refined[:, :2] @ np.array([left, top])
    return np.asarray(refined)


def _correlation_map(first: Map, second: Map) -> tuple[Map, Map]:
    """Local zero-mean normalized cross-correlation, and the local variance of the first."""
    size = (_WINDOW, _WINDOW)
    mean1, mean2 = cv2.blur(first, size), cv2.blur(second, size)
    var1 = np.maximum(cv2.sqrBoxFilter(first, cv2.CV_32F, size) - mean1 * mean1, 0)
    var2 = np.maximum(cv2.sqrBoxFilter(second, cv2.CV_32F, size) - mean2 * mean2, 0)
    covariance = cv2.blur(first * second, size) - mean1 * mean2
    # 0.05 grey levels²: less than the rounding of pixels adds, so flat areas correlate to 0.
    correlation = covariance / np.sqrt((var1 + 0.05) * (var2 + 0.05))
    return np.asarray(correlation, np.float32), np.asarray(var1, np.float32)


def _high_pass(image: Map, sigma: float = 1.5) -> Map:
    return np.asarray(image - cv2.GaussianBlur(image, (0, 0), sigma))


def _pearson(a: Map, b: Map) -> float:
    a, b = a - a.mean(), b - b.mean()
    return float((a @ b) / np.sqrt(max(float(a @ a) * float(b @ b), 1e-12)))


def _crop(image: Map, box: Box) -> Map:
    return image[box[1] : box[3], box[0] : box[2]]


def _whole_shift(
    image: Map, transform: Affine, box: Box, source: Points, template: Map
) -> Affine | None:
    """The whole-pixel shift within 2 pixels of the transform that correlates best."""
    middle = source.mean()
    shift = np.round(_apply(transform, np.array([middle]))[0] - middle)
    left, top = box[0] + int(shift.real) - 2, box[1] + int(shift.imag) - 2
    height, width = template.shape
    if left < 0 or top < 0:
        return None
    search = image[top : top + height + 4, left : left + width + 4]
    if search.shape != (height + 4, width + 4):
        return None
    scores = cv2.matchTemplate(_high_pass(search), template, cv2.TM_CCORR)
    dy, dx = divmod(int(scores.argmax()), 5)
    return np.array([[1.0, 0.0, shift.real + dx - 2], [0.0, 1.0, shift.imag + dy - 2]])


def _best_transform(image: Map, transform: Affine, box: Box, source: Points) -> Affine | None:
    """Of the fitted, the refined and (near a shift) the whole-pixel map, the best aligned."""
    discs = np.zeros((box[3] - box[1], box[2] - box[0]), np.uint8)
    for z in source[:: max(1, len(source) // 300)]:
        cv2.circle(discs, (int(z.real) - box[0], int(z.imag) - box[1]), 7, 255, -1)
    detail = _high_pass(_crop(image, box))
    tried = [transform]
    if np.abs(transform[:, :2] - np.eye(2)).max() < 0.02:
        whole = _whole_shift(image, transform, box, source, detail * (discs > 0))
        tried += [whole] if whole is not None else []
    refined = _refine(image, transform, box, discs)
    tried += [refined] if refined is not None else []
    best, best_correlation = None, 0.3
    for candidate in tried:
        where = (discs > 0) & _inside((image.shape[0], image.shape[1]), candidate, box)
        if where.sum() < 30:
            continue
        correlation = _pearson(detail[where], _high_pass(_warp(image, candidate, box))[where])
        if correlation > best_correlation + 1e-3:
            best, best_correlation = candidate, correlation
    return best


def _explained(
    correlation: Map, variance: Map, hits: NDArray[np.int64], level: float | None = None
) -> Mask:
    """Connected windows that correlate, contain a matched point, and are not all faint.

    With a ``level``, the usual misfit of the area in grey levels, windows that fit much worse are
    left out: what adjoins a copy of one window may be the next, merely similar window.

    Args:
        hits: rows and columns of the matched points, 2 × N.
    """
    good = correlation > _GROW
    if level is not None:
        deviation = np.sqrt(variance)
        misfit = deviation * np.sqrt(np.maximum(1 - correlation * correlation, 0))
        good &= misfit < 3 * level + 0.5 + 0.2 * deviation
    count, label = cv2.connectedComponents(cv2.medianBlur(good.astype(np.uint8), 5), connectivity=4)
    keep = np.zeros(count, dtype=np.bool_)
    keep[label[hits[0], hits[1]]] = True
    keep &= np.bincount(label[correlation > _SEED], minlength=count) > 20
    keep[0] = False
    return np.asarray(keep[label])


def verify(image: Map, transform: Affine, source: Points) -> list[Pair]:
    """Grow the areas around matched points that the transform explains, and measure each.

    Args:
        image: working luma, 0 to 255.
        transform: maps source to target.
        source: matched points of the source, x + iy.

    Returns: one pair per connected area, without keypoint counts (see `find_pairs`).
    """
    height, width = image.shape
    extent = max(np.ptp(source.real), np.ptp(source.imag))
    pad = max(24.0, 0.5 * extent)
    box = (
        max(int(source.real.min() - pad), 0),
        max(int(source.imag.min() - pad), 0),
        min(int(source.real.max() + pad) + 1, width),
        min(int(source.imag.max() + pad) + 1, height),
    )
    best = _best_transform(image, transform, box, source)
    if best is None:
        return []
    transform = best
    settled = False
    for attempt in range(8):
        first, second = _crop(image, box), _warp(image, transform, box)
        inside = _inside((height, width), transform, box)
        correlation, variance = _correlation_map(first, second)
        correlation[~inside] = 0
        hits = np.array(
            [
                np.clip(np.round(source.imag) - box[1], 0, first.shape[0] - 1),
                np.clip(np.round(source.real) - box[0], 0, first.shape[1] - 1),
            ]
        ).astype(np.int64)
        mask = _explained(correlation, variance, hits)
        if mask.sum() < _MIN_AREA:
            return []
        ys, xs = np.nonzero(mask)
        step = int(0.5 * max(first.shape)) + 16
        larger = (
            max(box[0] - step * int(xs.min() < 2), 0),
            max(box[1] - step * int(ys.min() < 2), 0),
            min(box[2] + step * int(xs.max() > first.shape[1] - 3), width),
            min(box[3] + step * int(ys.max() > first.shape[0] - 3), height),
        )
        if larger != box and attempt < 6:
            box = larger
            continue
        if settled:
            break
        settled = True
        # The rim of a window's width is half surroundings, which pull the alignment off.
        core = _grow(mask, -2)
        core = core if core.sum() >= _MIN_AREA else mask
        refined = _refine(image, transform, box, core.astype(np.uint8) * 255)
        if refined is None:
            break
        where = mask & _inside((height, width), refined, box)
        again = _warp(image, refined, box)
        if where.sum() < 20 or _pearson(first[where], again[where]) < _pearson(
            first[where], second[where]
        ):
            break
        transform = refined
    best_half = mask & (correlation >= np.median(correlation[mask]))
    misfit = np.sqrt(variance * np.maximum(1 - correlation * correlation, 0))
    tight = _explained(correlation, variance, hits, float(np.median(misfit[best_half])))
    if tight.sum() >= _MIN_AREA:
        mask = tight
    closing = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, closing)
    count, label = cv2.connectedComponents(closed)
    pairs = []
    for part in range(1, count):
        area = mask & inside & (label == part)
        pair = _measure(first, second, variance, area, transform, box)
        pairs += [pair] if pair is not None else []
    return pairs


def _grow(mask: Mask, radius: int) -> Mask:
    """Dilate by a square of ``2 radius + 1`` pixels; a negative radius erodes."""
    square = np.ones((2 * abs(radius) + 1,) * 2, np.uint8)
    change = cv2.dilate if radius > 0 else cv2.erode
    return np.asarray(change(mask.astype(np.uint8), square)).astype(np.bool_)


def _measure(
    first: Map, second: Map, variance: Map, mask: Mask, transform: Affine, box: Box
) -> Pair | None:
    """Measure two aligned areas, see `Pair.features`; None where there is too little detail."""
    if mask.sum() < _MIN_AREA:
        return None
    # Filters reach 14 pixels; the rest of a large box is not needed for a small area.
    left, top, across, down = cv2.boundingRect(mask.astype(np.uint8))
    rows = slice(max(top - 14, 0), top + down + 14)
    cols = slice(max(left - 14, 0), left + across + 14)
    box = (box[0] + cols.start, box[1] + rows.start, 0, 0)
    first, second, variance = first[rows, cols], second[rows, cols], variance[rows, cols]
    mask = mask[rows, cols]
    box = (box[0], box[1], box[0] + mask.shape[1], box[1] + mask.shape[0])
    detail1, detail2 = _high_pass(first)[mask], _high_pass(second)[mask]
    too_faint = float(np.median(np.abs(detail1))) < _MIN_DETAIL
    if too_faint or float(np.median(np.sqrt(variance[mask]))) < _MIN_SPREAD:
        return None
    band1 = cv2.GaussianBlur(first, (0, 0), 0.8) - cv2.GaussianBlur(first, (0, 0), 3.5)
    band2 = cv2.GaussianBlur(second, (0, 0), 0.8) - cv2.GaussianBlur(second, (0, 0), 3.5)
    a, b = band1[mask], band2[mask]
    gain = float(a @ b) / max(float(b @ b), 1e-6)
    fine_residual = float(np.median(np.abs(a - gain * b)))

    # Brightness and contrast may have been changed; the rim may have been blended.
    core = _grow(mask, -2)
    core = core if core.sum() >= 40 else mask
    c, d = first[core], second[core]
    slope = float((c - c.mean()) @ (d - d.mean())) / max(float(d.var()) * d.size, 1e-6)
    residual = first - float(np.clip(slope, 0.5, 2.0)) * second
    residual -= np.median(residual[core])
    inside = float(np.median(np.abs(residual[core])))
    weight = mask.astype(np.float32)
    smooth = cv2.GaussianBlur(residual * weight, (0, 0), 4)
    smooth = smooth / (cv2.GaussianBlur(weight, (0, 0), 4) + 1e-3)
    shading = float(np.median(np.abs(smooth[core] - np.median(smooth[core]))))
    ring = _grow(mask, 7) & ~_grow(mask, 3)
    outside = float(np.median(np.abs(residual[ring]))) if ring.any() else inside

    # The ends of each row span the hull of all.
    lines = np.flatnonzero(mask.any(axis=1))
    ends = (mask[lines].argmax(axis=1), mask.shape[1] - 1 - mask[lines, ::-1].argmax(axis=1))
    points = np.concatenate([np.stack([end, lines], axis=1) for end in ends]).astype(np.int32)
    hull = max(float(cv2.contourArea(cv2.convexHull(points))), 1.0)
    features = np.array(
        [
            np.log(fine_residual + 0.1),
            min(float(mask.sum()) / hull, 0.75),
            np.log(shading + 0.2),
            np.log(float(c.std()) + 0.2),
            min(np.log(outside / (inside + 0.3) + 0.1), 1.0),
            0.0,
            0.0,
        ]
    )
    return Pair(transform, box, mask, features, 0, _pearson(detail1, detail2))


def _count_keypoints(pair: Pair, points: _Keypoints | None) -> None:
    """Complete the pair with how many keypoints of its area went along."""
    matched = total = 0
    if points is not None:
        rows, cols = pair.mask.shape
        x = np.round(points.at.real).astype(int) - pair.box[0]
        y = np.round(points.at.imag).astype(int) - pair.box[1]
        within = (x >= 0) & (y >= 0) & (x < cols) & (y < rows)
        within[within] = pair.mask[y[within], x[within]]
        total = int(within.sum())
        both = np.concatenate([points.pairs, points.pairs[:, ::-1]])
        error = np.abs(_apply(pair.transform, points.at[both[:, 0]]) - points.at[both[:, 1]])
        matched = len(np.unique(both[(error < 2) & within[both[:, 0]], 0]))
    pair.matched = matched
    pair.features[-2:] = np.log(matched + 1), min(np.log((matched + 0.5) / (total + 2)), -1.5)


def find_pairs(luma: Map) -> list[Pair]:
    """Find and weigh pairs of alike areas; strongest first.

    Args:
        luma: float32, height × width, 0 to 255, of at most about 1.5 MP.
    """
    points = _keypoints(np.round(luma).clip(0, 255).astype(np.uint8))
    diagonal = float(np.hypot(*luma.shape))
    pairs: list[Pair] = []

    def candidates() -> Iterator[tuple[Affine, Points]]:
        if points is not None:
            yield from _keypoint_candidates(points, diagonal)
        yield from _shift_candidates(luma)

    for transform, source in candidates():
        target = _apply(transform, source)
        known = any(
            np.median(np.abs(_apply(p.transform, source) - target)) < 0.75
            or np.median(np.abs(_apply(p.transform, target) - source)) < 0.75
            for p in pairs
            if p.strength > REPORT
        )
        if _scale(transform) < 0.98:
            # The smaller area is the source: shrinking the larger one makes them alike.
            inverse = np.asarray(cv2.invertAffineTransform(transform), dtype=np.float64)
            transform, source, target = inverse, target, source
        for pair in [] if known else verify(luma, transform, source):
            _count_keypoints(pair, points)
            if pair.matched:
                pair.strength = REPORT + float(pair.features @ _WEIGHTS + _BIAS)
                pairs.append(pair)
    return sorted(pairs, key=lambda pair: -pair.strength)


def place(pair: Pair, shape: tuple[int, int]) -> tuple[Mask, Mask]:
    """Draw the source and the target area of a pair, closed and without holes."""
    drawn = np.zeros(shape, np.uint8)
    # The correlation window loses a rim of about a third of its width.
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    left, top, right, bottom = pair.box
    drawn[top:bottom, left:right] = pair.mask
    closing = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    source = cv2.dilate(cv2.morphologyEx(drawn, cv2.MORPH_CLOSE, closing), disc)
    outline, _ = cv2.findContours(source, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(source, outline, -1, 1, cv2.FILLED)
    target = cv2.warpAffine(source, pair.transform, (shape[1], shape[0]), flags=cv2.INTER_NEAREST)
    return source.astype(bool), target.astype(bool)


def _bounds(mask: Mask, scale: float) -> list[int]:
    """Bounding box in exhibit pixels: left, top, width, height."""
    left, top, width, height = cv2.boundingRect(mask.astype(np.uint8))
    return [round(left / scale), round(top / scale), round(width / scale), round(height / scale)]


@method(
    name="copy-move",
    title="Copy-move",
    question=Question.EDITED,
    about="Looks for a part of the picture that was pasted elsewhere in the same picture.",
    source="Cozzolino, Poggi, Verdoliva 2015; Amerini et al. 2011",
    needs=(Need.MIN_SIDE_64,),
    cost=Cost.NORMAL,
    localizes=True,
)
def copy_move(exhibit: Exhibit) -> Finding:
    """Score: log10 odds of the strongest pair of areas plus 3, 0 to 10; 0 when nothing is alike."""
    scale = working_scale(exhibit.height, exhibit.width)
    size = (max(1, round(exhibit.width * scale)), max(1, round(exhibit.height * scale)))
    luma = exhibit.luma
    if min(size) < 40:
        return not_applicable("too narrow to hold two separate areas at the working resolution")
    if float(np.ptp(luma)) < 4:
        return not_applicable("a flat picture has nothing that could be recognized twice")
    if scale < 1:
        luma = np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA))
    pairs = find_pairs(luma)
    score = float(np.clip(pairs[0].strength, 0, 10)) if pairs else 0.0
    heat = np.zeros(luma.shape, np.float32)
    facts: dict[str, FactValue] = {"working_scale": round(scale, 3)}
    reported = 0
    for pair in pairs:
        if pair.strength < REPORT - 1.0:
            break
        source, target = place(pair, (luma.shape[0], luma.shape[1]))
        chance = np.float32(1 / (1 + 10 ** (REPORT - pair.strength)))
        heat[source | target] = np.maximum(heat[source | target], chance)
        if pair.strength < REPORT:
            continue
        reported += 1
        linear = pair.transform[:, :2]
        centre = np.argwhere(source).mean(axis=0)[::-1] @ np.array([1, 1j])
        shift = (_apply(pair.transform, np.array([centre]))[0] - centre) / scale
        name = f"pair{reported}"
        angle = np.degrees(np.arctan2(linear[1, 0] - linear[0, 1], np.trace(linear)))
        facts |= {
            # Nothing is turned by -0.0°.
            f"{name}_rotation_deg": round(float(angle), 1) + 0.0,
            f"{name}_scale": round(_scale(pair.transform), 3),
            f"{name}_shift_px": [round(shift.real), round(shift.imag)],
            f"{name}_keypoints": pair.matched,
            f"{name}_detail_correlation": round(pair.correlation, 3),
            f"{name}_area_px": round(float(source.sum()) / scale**2),
            f"{name}_box_a": _bounds(source, scale),
            f"{name}_box_b": _bounds(target, scale),
        }
    facts["pairs"] = reported
    if reported:
        best = pairs[0]
        says = (
            f"{reported} pair{'s' if reported > 1 else ''} of areas agree in fine detail; the "
            f"strongest covers {facts['pair1_area_px']} pixels, correlates at "
            f"{best.correlation:.2f} in its fine detail, turned by "
            f"{facts['pair1_rotation_deg']}° and scaled by {facts['pair1_scale']}."
        )
    else:
        says = "No two areas of the picture agree in fine detail as copies do."
    return Finding(
        Status.DERIVED,
        score=score,
        says=says,
        heatmap=GridMap(heat, step=1 / scale),
        facts=facts,
        limitations=(
            "Both areas are marked; which of the two is the original cannot be told from this.",
            "Copies smaller than about 30 working pixels, of smooth areas after strong "
            "recompression, or mirrored, are missed.",
        ),
        innocent=(
            "Printed or displayed repetitions (logos, letters, patterns on screens) can be alike "
            "to the pixel.",
            "Retouching of dust and blemishes in the camera or raw developer copies small areas.",
        ),
    )
