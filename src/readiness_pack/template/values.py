"""What a property can hold once its intrinsics are resolved.

Besides plain JSON data (``None`` stands for an absent property or ``AWS::NoValue``) a value is a
:class:`Reference` to a resource of the app, a partly known :class:`Text`, or :class:`Unknown`.
Comparing what is not known never answers ``False`` by accident: it raises :class:`Undecided`, and the
engine turns that into the verdict ``unknown`` with its reason. So a check may be written as if every
value were known, and it still never guesses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeAlias

if TYPE_CHECKING:
    from readiness_pack.template.resource import Resource

Value: TypeAlias = Any
"""Plain JSON data, ``None``, or one of the classes below."""

UnknownKind = Literal["parameter", "pseudo", "dynamic", "attribute", "import", "map", "loop", "malformed", "other"]


class Undecided(Exception):
    """Raised when an answer hangs on something that the template does not decide.

    Args:
        reason: on what it hangs, e.g. ``parameter Retention has no default``.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Unknown:
    """A value that the synthesized template does not decide.

    Args:
        reason: why, in words a user can act on.
        kind: what it is: ``parameter``, ``pseudo``, ``dynamic`` (a ``{{resolve:...}}`` reference), ``attribute``
            (of a resource whose attributes only exist after deployment), ``import``, ``map``, ``loop``,
            ``malformed`` or ``other``.
        name: the parameter, pseudo parameter, export or dynamic reference it stands for.
        target: the resource of this app behind it, where that is known (the secret that a dynamic
            reference reads).

    Example:
        >>> from readiness_pack.template.values import Unknown
        >>> Unknown("parameter Days has no default", kind="parameter", name="Days") > 30
        Traceback (most recent call last):
        readiness_pack.template.values.Undecided: parameter Days has no default
    """

    __slots__ = ("kind", "name", "reason", "target")

    def __init__(
        self, reason: str, *, kind: UnknownKind = "other", name: str | None = None, target: Resource | None = None
    ) -> None:
        self.reason = reason
        self.kind = kind
        self.name = name
        self.target = target

    def undecided(self, *_: object) -> NoReturn:
        """Raise :class:`Undecided` with the reason."""
        raise Undecided(self.reason)

    __bool__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = undecided
    __iter__ = __len__ = __contains__ = __getitem__ = __int__ = __float__ = undecided
    __hash__ = object.__hash__

    def __getattr__(self, name: str) -> Any:
        # Calls such as value.lower() or value.get("x") are questions about the value, too.
        if name.startswith("__"):
            raise AttributeError(name)
        return self.undecided

    def __repr__(self) -> str:
        return f"Unknown({self.reason!r})"

    def __str__(self) -> str:
        return f"${{{self.name}}}" if self.name else "${?}"


class Reference:
    """A reference to a resource of the app.

    Args:
        resource: what is referred to.
        attribute: the ``Fn::GetAtt`` attribute, or ``None`` for ``Ref``.

    Compared with a literal, a reference answers only what the template decides: its literal name where it has
    one; that a generated name or ARN is none of the literals people write; else :class:`Undecided`.
    """

    __slots__ = ("attribute", "resource")

    def __init__(self, resource: Resource, attribute: str | None = None) -> None:
        self.resource = resource
        self.attribute = attribute

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Reference):
            return self.resource is other.resource and self.attribute == other.attribute
        if other is None:
            return False
        if isinstance(other, Unknown | Text):
            other.undecided()
        if isinstance(other, str) and (self.attribute is None or self.attribute.endswith(("Arn", "Id", "Name"))):
            return self.attribute is None and self.resource.literal_name == other
        return self.undecided()

    def __hash__(self) -> int:
        return hash((id(self.resource), self.attribute))

    def undecided(self, *_: object) -> NoReturn:
        """Raise :class:`Undecided` with the reason."""
        raise Undecided(f"{self} is only known after deployment")

    def __bool__(self) -> bool:
        return True

    __lt__ = __le__ = __gt__ = __ge__ = __iter__ = __len__ = __contains__ = __getitem__ = __int__ = __float__ = (
        undecided
    )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.undecided

    def __repr__(self) -> str:
        return f"Reference({self})"

    def __str__(self) -> str:
        return f"${{{self.resource.logical_id}{'.' + self.attribute if self.attribute else ''}}}"


class Text:
    """Text of which only parts are known: ``arn:aws:s3:::`` + unknown + ``/*``.

    Args:
        parts: strings, :class:`Reference` and :class:`Unknown` in order; build it with :func:`join_text`.

    Example:
        >>> from readiness_pack.template.values import Text, Unknown
        >>> text = Text(("arn:aws:s3:::", Unknown("parameter Name has no default", name="Name"), "/*"))
        >>> text.startswith("arn:"), text.endswith("/*"), text == "*", str(text)
        (True, True, False, 'arn:aws:s3:::${Name}/*')
    """

    __slots__ = ("parts",)

    def __init__(self, parts: tuple[str | Reference | Unknown, ...]) -> None:
        self.parts = parts

    @property
    def prefix(self) -> str:
        """The known beginning."""
        return self.parts[0] if isinstance(self.parts[0], str) else ""

    @property
    def suffix(self) -> str:
        """The known end."""
        return self.parts[-1] if isinstance(self.parts[-1], str) else ""

    @property
    def references(self) -> tuple[Reference, ...]:
        """The references among the parts."""
        return tuple(part for part in self.parts if isinstance(part, Reference))

    @property
    def reason(self) -> str:
        """Why the text is not wholly known."""
        for part in self.parts:
            if isinstance(part, Unknown):
                return part.reason
        return f"{self} is only known after deployment"

    def undecided(self, *_: object) -> NoReturn:
        """Raise :class:`Undecided` with the reason."""
        raise Undecided(self.reason)

    def could_be(self, text: str) -> bool:
        """Whether the unknown parts could be filled so that the whole is ``text``."""
        if not (text.startswith(self.prefix) and text.endswith(self.suffix)):
            return False
        # The first place where a known part fits is as good as any: no going back, however many parts are open.
        place, end = len(self.prefix), len(text) - len(self.suffix)
        for part in self.parts[1:-1]:
            if isinstance(part, str):
                place = text.find(part, place, end)
                if place < 0:
                    return False
                place += len(part)
        return place <= end

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Text) and self.parts == other.parts:
            return True
        if isinstance(other, str):
            if not self.could_be(other):
                return False
        elif not isinstance(other, Text | Unknown | Reference):
            return False
        return self.undecided()

    def __hash__(self) -> int:
        return hash(self.parts)

    def __bool__(self) -> bool:
        return True

    def startswith(self, start: str | tuple[str, ...]) -> bool:
        """As for ``str``. Raises :class:`Undecided` where an unknown part decides."""
        starts = (start,) if isinstance(start, str) else start
        if any(self.prefix.startswith(one) for one in starts):
            return True
        if any(one.startswith(self.prefix) for one in starts):
            self.undecided()
        return False

    def endswith(self, end: str | tuple[str, ...]) -> bool:
        """As for ``str``. Raises :class:`Undecided` where an unknown part decides."""
        ends = (end,) if isinstance(end, str) else end
        if any(self.suffix.endswith(one) for one in ends):
            return True
        if any(one.endswith(self.suffix) for one in ends):
            self.undecided()
        return False

    def __contains__(self, piece: str) -> bool:
        if any(isinstance(part, str) and piece in part for part in self.parts):
            return True
        return self.undecided()

    def lower(self) -> Text:
        """The text with its known parts in lower case."""
        return Text(tuple(part.lower() if isinstance(part, str) else part for part in self.parts))

    __lt__ = __le__ = __gt__ = __ge__ = __iter__ = __len__ = __getitem__ = __int__ = __float__ = undecided

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.undecided

    def __repr__(self) -> str:
        return f"Text({self})"

    def __str__(self) -> str:
        return "".join(str(part) for part in self.parts)


MAX_TEXT = 1 << 20
"""How many characters a text may have that functions make; a template has no more. Functions that double their
argument, one within the other, would fill any memory."""

_OPEN = 100
"""What a part that is not known counts as: it takes about the room of so many characters."""


def join_text(parts: list[Value]) -> Value:
    """Concatenate resolved pieces: a ``str`` where all are known, else :class:`Text`, or the reason why not."""
    merged: list[str | Reference | Unknown] = []
    length = 0
    for part in parts:
        pieces = part.parts if isinstance(part, Text) else (part,)
        length += sum(len(piece) if isinstance(piece, str) else _OPEN for piece in pieces)
        if length > MAX_TEXT:
            open_ = next((piece for piece in (*merged, *pieces) if isinstance(piece, Unknown)), None)
            return Unknown(open_.reason, kind=open_.kind) if open_ is not None else too_long()
        for piece in pieces:
            if isinstance(piece, bool):
                piece = "true" if piece else "false"
            elif isinstance(piece, int | float):
                piece = str(piece)
            if piece is None or (isinstance(piece, str) and not piece):
                continue
            if isinstance(piece, str):
                if merged and isinstance(merged[-1], str):
                    merged[-1] += piece
                else:
                    merged.append(piece)
            elif isinstance(piece, Reference | Unknown):
                merged.append(piece)
            else:
                return Unknown("a list or an object stands where text belongs", kind="malformed")
    if not merged:
        return ""
    return merged[0] if len(merged) == 1 else Text(tuple(merged))


def malformed(name: str) -> Unknown:
    """What a function gives whose argument is not what CloudFormation asks for."""
    return Unknown(f"{name} is written in a way that CloudFormation does not accept", kind="malformed")


def too_long() -> Unknown:
    """What a function gives whose text is longer than :data:`MAX_TEXT`."""
    return Unknown(f"functions make a text of more than {MAX_TEXT:,} characters", kind="malformed")


def is_known(value: Value) -> bool:
    """Whether ``value`` itself (not its children) is plain data."""
    return not isinstance(value, Unknown | Text | Reference)


def quoted(value: Value) -> str:
    """``value`` for a message; what a list or an object holds is not for everybody who reads it.

    Example:
        >>> quoted("8o"), quoted({"Password": "x"})
        ("'8o'", 'an object')
    """
    return "a list" if isinstance(value, list) else "an object" if isinstance(value, dict) else repr(value)


def as_flag(value: Value) -> bool | None:
    """A boolean as CloudFormation accepts it (``true``, ``"true"``), ``None`` where absent.

    Raises:
        Undecided: the value is not known, or is no boolean.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        lowered = value.strip().lower()
        if lowered in ("true", "false"):
            return lowered == "true"
    if not is_known(value):
        value.undecided()
    raise Undecided(f"{quoted(value)} is not a boolean")


def as_number(value: Value) -> float | int | None:
    """A number as CloudFormation accepts it (``30``, ``"30"``), ``None`` where absent.

    Raises:
        Undecided: the value is not known, or is no number.
    """
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            try:
                return float(value)
            except ValueError:
                pass
    if not is_known(value):
        value.undecided()
    raise Undecided(f"{quoted(value)} is not a number")


def as_string(value: Value) -> Value:
    """Text as CloudFormation accepts it (a number or boolean counts), ``None`` where absent; open values as they are.

    Raises:
        Undecided: a list or an object stands where text belongs.

    Example:
        >>> as_string(8080), as_string("tcp")
        ('8080', 'tcp')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | dict):
        raise Undecided(f"{quoted(value)} stands where text belongs")
    return value


def as_list(value: Value) -> list[Value]:
    """A list as CloudFormation accepts it: a single value counts as a list of one, absent as none.

    Raises:
        Undecided: the value is not known.
    """
    if value is None:
        return []
    if isinstance(value, Unknown):
        value.undecided()
    return value if isinstance(value, list) else [value]
