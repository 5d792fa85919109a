"""Reports on market data as lines of a terminal."""

from collections.abc import Iterator, Sequence

from execution.market_data.day_report import THRESHOLD, DayReport


def report_lines(symbol: str, reports: Sequence[DayReport]) -> Iterator[str]:
    """A line for each day, its gaps and outliers below it, and the sums."""
    for report in reports:
        yield (
            f"{symbol} {report.day}: {report.present} of {report.expected} minutes, {report.missing} missing,"
            f" {report.zero_volume} without volume, {_count(report)}, {report.outside} outside the session"
        )
        for gap in report.gaps:
            yield f"  missing {gap.first:%H:%M} to {gap.last:%H:%M} UTC: {gap.minutes}"
        for outlier in report.outliers or ():
            yield (
                f"  outlier {outlier.start:%H:%M} UTC: {outlier.previous.normalize():f} to"
                f" {outlier.close.normalize():f}, {outlier.score:+.1f} (beyond {THRESHOLD:g})"
            )
    yield sums(symbol, reports)


def sums(symbol: str, reports: Sequence[DayReport]) -> str:
    """One line that says whether there is anything to look at."""
    missing, gaps = sum(each.missing for each in reports), sum(len(each.gaps) for each in reports)
    outliers = sum(len(each.outliers or ()) for each in reports)
    silent = sum(each.zero_volume for each in reports)
    return (
        f"{symbol}: {len(reports)} days, {missing} minutes missing in {gaps} gaps,"
        f" {outliers} outliers, {silent} minutes without volume"
    )


def _count(report: DayReport) -> str:
    return "too few to tell outliers" if report.outliers is None else f"{len(report.outliers)} outliers"
