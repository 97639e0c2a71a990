"""The least that an intake could write: seven bare rows in one durable statement, nothing checked (L7).

A deal, two instructions, four postings, in tables of their own; reported beside `intake.single`, whose
line is held against exactly the rows that it writes itself.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import connection

from benchmarks.stage import run_sql, use

DATABASE = "bench_least"
SCHEMA = """
CREATE TABLE account (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO account SELECT n, 'ACC' || n FROM generate_series(1, 1000) n;
CREATE TABLE deal (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ext_ref text NOT NULL UNIQUE, book int NOT NULL,
    cpty int NOT NULL, instrument int NOT NULL, side char(1) NOT NULL, qty numeric(20,4) NOT NULL,
    price numeric(20,8) NOT NULL, ccy char(3) NOT NULL, trade_date date NOT NULL,
    settle_date date NOT NULL, status smallint NOT NULL DEFAULT 0,
    created timestamptz NOT NULL DEFAULT now());
CREATE INDEX ON deal (book, trade_date);
CREATE INDEX ON deal (cpty, settle_date);
CREATE TABLE instruction (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, deal_id bigint NOT NULL REFERENCES deal,
    kind char(1) NOT NULL, direction char(1) NOT NULL, amount numeric(24,4) NOT NULL,
    settle_date date NOT NULL, status smallint NOT NULL DEFAULT 0);
CREATE INDEX ON instruction (deal_id);
CREATE INDEX ON instruction (settle_date, status);
CREATE TABLE posting (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, deal_id bigint NOT NULL REFERENCES deal,
    account_id int NOT NULL REFERENCES account, amount numeric(24,4) NOT NULL,
    value_date date NOT NULL);
CREATE INDEX ON posting (deal_id);
CREATE INDEX ON posting (account_id, value_date);
"""
SCRIPT = """
\\set book random(1, 50)
\\set cpty random(1, 500)
\\set ins random(1, 2000)
\\set q random(1, 10000)
\\set a1 random(1, 1000)
\\set a2 random(1, 1000)
WITH d AS (
  INSERT INTO deal (ext_ref, book, cpty, instrument, side, qty, price, ccy, trade_date, settle_date)
  VALUES (gen_random_uuid()::text, :book, :cpty, :ins, 'B', :q, 101.25, 'USD', current_date,
          current_date + 2) RETURNING id),
i AS (
  INSERT INTO instruction (deal_id, kind, direction, amount, settle_date)
  SELECT d.id, k, r, a, current_date + 2
    FROM d, (VALUES ('S', 'R', :q::numeric), ('C', 'D', :q::numeric * 101.25)) v(k, r, a))
INSERT INTO posting (deal_id, account_id, amount, value_date)
SELECT d.id, acc::int, a, current_date + 2
  FROM d, (VALUES (:a1, :q::numeric), (:a2, -(:q::numeric)), (:a1, -(:q::numeric) * 101.25),
                  (:a2, :q::numeric * 101.25)) v(acc, a);
"""


def prepare() -> Path:
    """The tables, and the script for pgbench."""
    run_sql(f'DROP DATABASE IF EXISTS "{DATABASE}" WITH (FORCE)')
    run_sql(f'CREATE DATABASE "{DATABASE}"')
    use(DATABASE)
    with connection.cursor() as cursor:
        cursor.execute(SCHEMA)
    connection.close()
    path = Path(settings.VAR_DIR) / "l7.sql"
    path.write_text(SCRIPT)
    return path
