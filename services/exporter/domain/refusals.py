"""How a query is refused: where it is wrong, and what is allowed."""

from services.chassis.problems import Problem, ProblemItem


def refuse(where: str, code: str, sentence: str) -> Problem:
    """A Problem 422; `where` is a place in the query, such as `locale.date`, or all of it."""
    return refuse_items([ProblemItem(f"body.{where}".rstrip("."), code, sentence)])


def refuse_items(items: list[ProblemItem]) -> Problem:
    return Problem(422, "invalid_query", "The export query cannot be run.", errors=items)


def relocate(problem: Problem, where: str) -> Problem:
    """A problem of a list's filters, said of the same filters in the query."""
    return refuse_items(
        [
            ProblemItem(
                f"body.{where}.{item.location.removeprefix('query.')}", item.code, item.sentence
            )
            for item in problem.errors
        ]
    )
