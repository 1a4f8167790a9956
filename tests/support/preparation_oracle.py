"""Every step of the preparation in NumPy, float64: what the C++ code must do."""

from math import ceil, prod

import numpy as np

from seedbed.philox import Stream, philox

UNIT = 2.0**-24
"""Unit roundoff of float32."""


def words(count, seed, epoch, sample, step):
    """Random words of a step: counter = (2**24 · step + block, sample, epoch, stream)."""
    counter = np.empty((-(-count // 4), 4), dtype=np.uint64)
    counter[:, 0] = (step << 24) + np.arange(len(counter), dtype=np.uint64)
    counter[:, 1:] = (sample, epoch, int(Stream.AUGMENT))
    return philox(counter, (seed & 0xFFFFFFFF, seed >> 32)).ravel()[:count]


def uniform(word, low, high):
    return low + (high - low) * (float(word) + 0.5) / 2**32


def below(word, count):
    return int(word) * count >> 32


def moved(image, down, right):
    """The image moved by whole pixels, 0 coming in."""
    return window(image, -down, -right, *image.shape[1:])


def window(image, top, left, height, width):
    _, h, w = image.shape
    padded = np.pad(image, ((0, 0), (height, height), (width, width)))
    top, left = np.clip(top, -height, h), np.clip(left, -width, w)
    padded = np.pad(padded, ((0, 0), (0, height), (0, width)))
    return padded[:, top + height : top + 2 * height, left + width : left + 2 * width]


def bilinear(image, rows, columns):
    """Value between four pixels, 0 beyond the image."""
    _, h, w = image.shape
    bordered = np.pad(image, ((0, 0), (1, 2), (1, 2)))
    y, x = np.clip(rows, -1, h) + 1, np.clip(columns, -1, w) + 1
    top, left = np.floor(y).astype(int), np.floor(x).astype(int)
    y, x = y - top, x - left
    above = bordered[:, top, left] * (1 - x) + bordered[:, top, left + 1] * x
    under = bordered[:, top + 1, left] * (1 - x) + bordered[:, top + 1, left + 1] * x
    return above * (1 - y) + under * y


def random_crop(image, w, size, padding=0):
    h = image.shape[1] + 2 * padding - size + 1
    v = image.shape[2] + 2 * padding - size + 1
    return window(image, below(w[0], h) - padding, below(w[1], v) - padding, size, size)


def flip(image, w):
    return image[:, :, ::-1] if w[0] < 2**31 else image


def brightness(image, w, most):
    return image + uniform(w[0], -most, most)


def contrast(image, w, low, high):
    mean = image.mean(axis=(1, 2), keepdims=True)
    return (image - mean) * uniform(w[0], low, high) + mean


def shift(image, w, most):
    return moved(image, below(w[0], 2 * most + 1) - most, below(w[1], 2 * most + 1) - most)


def affine(image, w, rotate=15, scale=0.1, shear=0.1):
    angle = np.radians(uniform(w[0], -rotate, rotate))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    slant = np.array([[1, uniform(w[3], -shear, shear)], [0, 1]])
    stretch = np.diag([uniform(w[1], 1 - scale, 1 + scale), uniform(w[2], 1 - scale, 1 + scale)])
    _, h, width = image.shape
    middle = np.array([(width - 1) / 2, (h - 1) / 2])
    y, x = np.mgrid[:h, :width]
    points = np.stack([x, y], axis=-1) - middle
    source = points @ np.linalg.inv(turn @ slant @ stretch).T + middle
    return bilinear(image, source[..., 1], source[..., 0])


def elastic(image, w, alpha=8, sigma=4):
    _, h, width = image.shape
    radius = ceil(3 * sigma)
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    fields = (w.astype(np.float64) / 2**31 - 1).reshape(2, h, width)
    for axis in (1, 2):
        fields = np.apply_along_axis(lambda line: np.convolve(line, kernel)[radius : radius + len(line)], axis, fields)
    y, x = np.mgrid[:h, :width]
    return bilinear(image, y + alpha * fields[1], x + alpha * fields[0])


def normals(w):
    u = (np.floor(w[0::2] / 256) + 0.5) / 2**24
    angle = 2 * np.pi * (np.floor(w[1::2] / 256) / 2**24 - 0.5)
    return (np.sqrt(-2 * np.log(u)) * np.stack([np.cos(angle), np.sin(angle)])).T.ravel()


def noise(image, w, std):
    return image + std * normals(w)[: image.size].reshape(image.shape)


def standardize_image(image):
    return (image - image.mean()) / max(image.std(), 1 / np.sqrt(prod(image.shape)))
