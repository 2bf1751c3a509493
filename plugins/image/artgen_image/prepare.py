"""Files to uint8 pictures of one shape, whatever they are, in bounded memory."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageFile, ImageOps, UnidentifiedImageError

from artgen.types import RawItem, Skipped, Source, SourceFile
from artgen_image.config import ImageConfig
from artgen_image.limits import UnusableError, check_file, check_header

FORMATS = (
    "PNG", "JPEG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "AVIF", "JPEG2000", "PPM", "QOI", "PCX"
)  # fmt: skip
FILTERS = {
    "lanczos": Image.Resampling.LANCZOS,
    "bicubic": Image.Resampling.BICUBIC,
    "box": Image.Resampling.BOX,
}
SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations that swap width and height
ORIENTATION = 0x0112  # EXIF tag
STRIP = 2**20  # pixels converted at a time
PALE = 235.0  # mean gray value from which a drawing is as good as white
BLOCK = 16  # rows of a JPEG that are coded together, at most
MOST_THERE = 0.6  # of a picture that is cut off, for it to be used
PAGES = 32  # pages or frames of one file
PAGED = ("TIFF", "GIF", "WEBP", "PNG", "AVIF", "HEIF")  # formats that hold several pictures of equal standing


def prepare(source: Source, config: ImageConfig) -> Iterator[RawItem | Skipped]:
    """Every file of the source in order: a picture ``[c, h, w]`` uint8, or why not. Never raises for a file."""
    if config.task in ("generate", "reconstruct"):
        return _pictures(source, config)
    from artgen_image import prepare_change  # and torch, which takes seconds

    others = {
        "translate": prepare_change.pairs,
        "colorize": prepare_change.colored,
        "enlarge": prepare_change.windows,
        "style": prepare_change.windows,
    }
    return others[config.task](source, config)


def _pictures(source: Source, config: ImageConfig) -> Iterator[RawItem | Skipped]:
    def items(file: SourceFile) -> Iterator[RawItem | Skipped]:
        trouble: list[str] = []
        for page in read_pages(file.path, config, trouble):
            yield RawItem(page, file.label, file.name)
        if trouble:
            yield Skipped(file.name, f"{trouble[0]}; the rest is used")

    return each(zip(source.files), items)


def each(
    works: Iterable[tuple[SourceFile, ...] | Skipped], items: Callable[..., Iterable[RawItem | Skipped]]
) -> Iterator[RawItem | Skipped]:
    """``items(*files)`` of every work in order, which is one file or several that belong together; where that raises
    UnusableError, the first one as Skipped."""
    for files in works:
        if isinstance(files, Skipped):
            yield files
            continue
        try:
            yield from items(*files)
        except UnusableError as problem:
            yield Skipped(files[0].name, str(problem))


def read_pages(path: Path, config: ImageConfig, trouble: list[str]) -> Iterator[np.ndarray]:
    """Decode the pages of a TIFF or the frames of an animation, of which PAGES spread over all are taken, or the one picture of
    any other file, to ``[c, h, w]`` uint8 of the prepared shape. Raises UnusableError with the reason.

    ``trouble``: filled with how many pages are left out, and with what is lacking of a photograph whose end is cut off, which is
    used where most of it is there."""
    given = 0
    try:
        for picture in _read(path, config, lambda image: _resize(image, config), most=PAGES, trouble=trouble):
            given += 1
            yield to_array(picture)
    except UnusableError as problem:
        if given or "is truncated" not in str(problem):
            raise
        fault = problem
        with _unfinished_allowed():
            whole = next(_read(path, config, lambda image: _resize(_begun(image, fault, trouble), config)))
        yield to_array(whole)


@contextmanager
def _unfinished_allowed() -> Iterator[None]:
    """Inside, Pillow decodes a file whose end is missing as far as it goes."""
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


def _begun(image: Image.Image, problem: UnusableError, trouble: list[str]) -> Image.Image:
    """The rows of a JPEG that were decoded: its decoder fills what is missing with gray. Raises ``problem`` where it is much, or
    the picture of another kind."""
    if image.format not in ("JPEG", "MPO"):
        raise problem
    image.load()
    edge = np.asarray(image.crop((max(0, image.width - 8), 0, *image.size)).convert("RGB"), np.int16)
    there = np.flatnonzero((np.abs(edge - 128) > 1).any((1, 2)))
    rows = (int(there[-1]) + 1) // BLOCK * BLOCK if len(there) else 0
    if rows < MOST_THERE * image.height:
        raise problem
    trouble.append(f"is cut off, {1 - rows / image.height:.0%} are missing at its lower end")
    return image.crop((0, 0, image.width, rows))


def read_picture(path: Path, config: ImageConfig) -> np.ndarray:
    """Decode the first picture of a file to ``[c, h, w]`` uint8 of the prepared shape; raises UnusableError with the reason."""
    return to_array(next(_read(path, config, lambda image: _resize(image, config))))


def read_whole(path: Path, config: ImageConfig) -> Image.Image:
    """Decode one file at its own size, upright, in RGB or L; raises UnusableError with the reason."""
    return next(_read(path, config, lambda image: _flat(image, config), whole=True))


def read_clear(path: Path, config: ImageConfig) -> tuple[Image.Image, Image.Image | None]:
    """The same, and the file with its transparency, RGBA; None where nothing of it is transparent."""
    clear: list[Image.Image] = []

    def both(image: Image.Image) -> Image.Image:
        if image.has_transparency_data:
            clear.append(_orient(image.convert("RGBA"), image))
        return _flat(image, config)

    whole = next(_read(path, config, both, whole=True))
    seen = bool(clear) and np.asarray(clear[0].getchannel("A")).min() < 255
    return whole, clear[0] if seen else None


def _flat(image: Image.Image, config: ImageConfig) -> Image.Image:
    """A picture on its background, in RGB or L."""
    return _colored(image, _reduce(image, 1, ground(image, config.background)), config)


def fitted(picture: Image.Image, config: ImageConfig, shape: tuple[int, int]) -> Image.Image:
    """Cropped or padded to the aspect ratio of ``shape`` (h, w) and resized by the configured filter."""
    method, size = FILTERS[config.resample], (shape[1], shape[0])
    if config.fit == "pad":
        return ImageOps.pad(picture, size, method, color="black" if config.background == "black" else "white")
    return ImageOps.fit(picture, size, method)


def to_array(picture: Image.Image) -> np.ndarray:
    """``[c, h, w]`` uint8."""
    data = np.asarray(picture)
    return np.ascontiguousarray(data[None] if data.ndim == 2 else data.transpose(2, 0, 1))


def _read(
    path: Path,
    config: ImageConfig,
    finish: Callable[[Image.Image], Image.Image],
    whole: bool = False,
    most: int = 1,
    trouble: list[str] | None = None,
) -> Iterator[Image.Image]:
    """Open, check and decode at most ``most`` pictures of one file, which ``finish`` brings to their size; then turn them
    upright. What comes after damage is left out. ``trouble``: filled with how many pages are left out."""
    given = 0
    try:
        size = check_file(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns about large and odd files; both are answered here
            with Image.open(path, formats=_formats(path)) as image:
                count = getattr(image, "n_frames", 1) if most > 1 and image.format in PAGED else 1
                if count > most and trouble is not None:
                    trouble.append(f"has {count} pages, of which {count - most} are left out here and there")
                for page in np.linspace(0, count - 1, min(count, most)).round().astype(int).tolist():
                    if page:
                        image.seek(page)
                    check_header(image, size, config, whole)
                    yield _orient(finish(image), image)
                    given += 1
    except GeneratorExit:
        raise
    except UnusableError:
        if given:
            return
        raise
    except UnidentifiedImageError:
        raise UnusableError(
            "not a picture of a known format, or cut off at its start: save it as PNG or JPEG"
        ) from None
    except Image.DecompressionBombError:
        raise UnusableError(f"claims more than {2 * (Image.MAX_IMAGE_PIXELS or 0)} pixels: shrink it") from None
    except FileNotFoundError:
        raise UnusableError("disappeared: it was there when the folder was read") from None
    except Exception as error:  # hostile files reach every corner of the decoders; one of them must not end the run
        if given:
            return
        raise UnusableError(
            f"cannot be decoded ({str(error)[:120] or type(error).__name__}): truncated or damaged, save it again"
        ) from None


def _formats(path: Path) -> tuple[str, ...]:
    """The formats that a file may have. Raises UnusableError for HEIC where nothing reads it."""
    ending = path.suffix.lower()
    if ending == ".tga":  # any bytes could be one
        return ("TGA",)
    if ending in (".heic", ".heif"):
        try:
            from pillow_heif import register_heif_opener
        except ImportError:
            raise UnusableError(
                "HEIC is read only where the package pillow-heif is installed: save it as JPEG"
            ) from None
        register_heif_opener(thumbnails=False)
        return (*FORMATS, "HEIF")
    return FORMATS


def _resize(image: Image.Image, config: ImageConfig) -> Image.Image:
    """Crop or pad to the wanted aspect ratio and resize with the configured filter: RGB or L, not yet upright.

    Large pictures are first reduced by a whole factor (box filter) to about three times the size, strip by strip, so
    that conversions never hold a second full-size copy.
    """
    _, h, w = config.prepared_shape
    if image.getexif().get(ORIENTATION) in SIDEWAYS:
        h, w = w, h
    factor = max(1, int(min(image.width / w, image.height / h) / 3))
    return fitted(_colored(image, _reduce(image, factor, ground(image, config.background)), config), config, (h, w))


def _colored(image: Image.Image, reduced: Image.Image, config: ImageConfig) -> Image.Image:
    """In sRGB by the profile of the file, or gray where that is wanted."""
    picture = _to_srgb(reduced, image.info.get("icc_profile"))
    return picture.convert("L") if config.color == "gray" else picture


def _reduce(image: Image.Image, factor: int, background: str) -> Image.Image:
    """Decode, convert and shrink by a whole factor, a strip of rows at a time; keeps CMYK for its color profile."""
    image.load()
    rows = max(1, STRIP // image.width // factor) * factor
    small = Image.new(
        "CMYK" if image.mode == "CMYK" else "RGB", (-(-image.width // factor), -(-image.height // factor))
    )
    top = None if not _is_deep(image) else _brightest(image, rows)
    for y in range(0, image.height, rows):
        strip = image.crop((0, y, image.width, min(y + rows, image.height)))
        small.paste(_convert(strip, top, background).reduce(factor), (0, y // factor))
    return small


def ground(image: Image.Image, wanted: str) -> str:
    """The color that shows through a picture; for ``auto`` black behind a drawing that is as good as white, white behind any
    other."""
    if wanted != "auto":
        return wanted
    if not image.has_transparency_data:
        return "white"
    image.load()
    seen = light = 0.0
    rows = max(1, STRIP // 4 // image.width)  # as numbers each value takes four bytes
    for y in range(0, image.height, rows):
        strip = image.crop((0, y, image.width, min(y + rows, image.height))).convert("RGBA")
        values = np.asarray(strip, np.float32).reshape(-1, 4)
        alpha = values[:, 3] / 255
        seen += float(alpha.sum())
        light += float((alpha @ values)[:3].mean())  # a sixth of the time of a mean of each pixel
    return "black" if seen and light > PALE * seen and seen < 0.99 * image.width * image.height else "white"


def _is_deep(image: Image.Image) -> bool:
    """Whether a gray value takes more than a byte: Pillow's modes I;16, I and F, which convert() would clip."""
    return image.mode[0] in "IF"


def _brightest(image: Image.Image, rows: int) -> float:
    """The value that means white in a deep picture: 1 (fractions), 255 or 65535, the next one above the largest."""
    strips = range(0, image.height, rows)
    largest = max(
        float(np.max(np.asarray(image.crop((0, y, image.width, min(y + rows, image.height)))))) for y in strips
    )
    if not np.isfinite(largest):
        raise UnusableError("holds infinite or undefined gray values: save it as 8 or 16 bit")
    if image.mode.startswith("I;16"):
        return 65535.0
    return next(
        (white for white in ((1.0, 255.0, 65535.0) if image.mode == "F" else (255.0, 65535.0)) if largest <= white),
        largest,
    )


def _convert(strip: Image.Image, white: float | None, background: str) -> Image.Image:
    """Any Pillow mode to RGB on the background (CMYK stays)."""
    if white is not None:
        gray = np.asarray(strip, dtype=np.float32) * np.float32(255 / white)
        return Image.fromarray(np.nan_to_num(gray).round().clip(0, 255).astype(np.uint8)).convert("RGB")
    if strip.mode in ("RGB", "CMYK"):
        return strip if "transparency" not in strip.info else _flatten(strip, background)
    if strip.has_transparency_data or strip.mode in ("PA", "LA", "La", "RGBa"):
        return _flatten(strip, background)
    return strip.convert("RGB")


def _flatten(strip: Image.Image, background: str) -> Image.Image:
    """Composite on the background."""
    ground = Image.new("RGBA", strip.size, background)
    ground.alpha_composite(strip.convert("RGBA"))
    return ground.convert("RGB")


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Through the embedded color profile where it is one of this mode, else by the plain formula."""
    if profile:
        try:
            embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, embedded, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if converted is not None:
                return converted
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a damaged profile, or a gray one on a picture that is RGB by now: the numbers are taken as they are
    return image.convert("RGB")


def _orient(small: Image.Image, image: Image.Image) -> Image.Image:
    """Turn upright as the file's EXIF orientation says; on the small picture, where it costs nothing."""
    exif = small.getexif()
    exif[ORIENTATION] = image.getexif().get(ORIENTATION, 1)
    return ImageOps.exif_transpose(small)
