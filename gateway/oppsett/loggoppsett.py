"""Logs: JSON lines in production, readable in `dev`, each with the correlation id of its request, event or round."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator

import structlog

DYBDE = 15

FELLES: list[structlog.types.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def vis_feil(logger: object, metode: str, innslag: structlog.types.EventDict) -> structlog.types.EventDict:
    """An exception as its types and frames: messages may repeat what somebody sent, so they never get into the log."""
    del logger, metode
    feil = innslag.pop("exc_info", None)
    if feil is True:
        feil = sys.exc_info()
    feil = feil[1] if isinstance(feil, tuple) else feil
    if isinstance(feil, BaseException):
        innslag["spor"] = [linje for ett in _rekke(feil) for linje in _rammer(ett)]
    return innslag


def _rekke(feil: BaseException) -> Iterator[BaseException]:
    """The exception and its causes."""
    ett: BaseException | None = feil
    while ett is not None:
        yield ett
        ett = ett.__cause__ or (None if ett.__suppress_context__ else ett.__context__)


def _rammer(feil: BaseException) -> Iterator[str]:
    yield f"{type(feil).__module__}.{type(feil).__qualname__}"
    for ramme in traceback.extract_tb(feil.__traceback__)[-DYBDE:]:
        yield f"  {ramme.filename}:{ramme.lineno} {ramme.name}"


def sett_opp_logging(*, json: bool) -> None:
    """Send all log records of this process to standard error."""
    structlog.configure(
        processors=[*FELLES, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    sist = structlog.processors.JSONRenderer(ensure_ascii=False) if json else structlog.dev.ConsoleRenderer()
    utgang = logging.StreamHandler(sys.stderr)
    utgang.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=FELLES,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, vis_feil, sist],
        )
    )
    rot = logging.getLogger()
    rot.handlers[:] = [utgang]
    rot.setLevel(logging.INFO)
    for pratsom in ("rq", "rq.worker", "rq.cron", "peewee"):
        logging.getLogger(pratsom).setLevel(logging.WARNING)
