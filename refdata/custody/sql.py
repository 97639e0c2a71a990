"""When a row about holdings is in force, and when a restriction stops something: as SQL over an alias."""


def in_force(row: str, day: str) -> str:
    return (
        f"({row}.valid_from <= {day} AND ({row}.valid_until IS NULL OR {row}.valid_until > {day}))"
    )


def stopping(row: str, day: str) -> str:
    """A restriction that is in force and stops: one that asks for a permit only while none is there."""
    return (
        f"({in_force(row, day)} AND ({row}.act IN ('NO_DELIVER', 'NO_PAY')"
        f" OR {row}.act = 'PERMIT_REQUIRED' AND NOT ({row}.permit <> ''"
        f" AND ({row}.permit_until IS NULL OR {row}.permit_until > {day}))))"
    )


def account_of(row: str, place: str, owner: str) -> str:
    """The account that a restriction names, if any, is one of an owner's at a place, or it is behind it."""
    return f"""({row}.account = ''
        OR EXISTS (SELECT 1 FROM refdata_depositoryaccount d
                    WHERE d.place_id = {place} AND d.number = {row}.account AND d.owner_id = {owner})
        OR EXISTS (SELECT 1 FROM refdata_nostroaccount n
                    WHERE n.place_id = {place} AND n.number = {row}.account AND n.owner_id = {owner})
        OR EXISTS (SELECT 1 FROM refdata_accountmember b
                    WHERE b.place_id = {place} AND b.account = {row}.account AND b.owner_id = {owner}))"""  # noqa: S608
