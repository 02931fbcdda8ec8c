-- case a row goes and comes back
-- step sql
CREATE TABLE t0 (id INTEGER, a INTEGER, b TEXT);
INSERT INTO t0 VALUES (1, 2, 'x');
CREATE MATERIALIZED VIEW v0(c1, c2) AS SELECT b, count(*) FROM t0 GROUP BY b;
-- step sql
DELETE FROM t0;
-- step restart
-- step sql
INSERT INTO t0 VALUES (1, 2, 'x'), (1, 2, 'x');
-- case a scalar of jsonb is its own first element, and an empty array is less than anything
-- step sql
CREATE TABLE t0 (id INTEGER, c JSONB);
CREATE MATERIALIZED VIEW v0 AS SELECT id, c -> 0 AS a, c ->> -1 AS b, c -> 1 AS c, c < '[]' AS d, c >= '[]' AS e FROM t0;
-- step sql
INSERT INTO t0 VALUES (1, 'null'), (2, '[]'), (3, '[1]'), (4, '{}'), (5, '"x"'), (6, '2.5'), (7, '[[], 1]');
-- case GROUP BY nothing
-- step sql
CREATE TABLE t0 (id INTEGER, a INTEGER);
CREATE MATERIALIZED VIEW v0 AS SELECT count(*), max(a) AS m FROM t0 GROUP BY ();
CREATE MATERIALIZED VIEW v1 AS SELECT 1 AS one FROM t0 GROUP BY ();
CREATE MATERIALIZED VIEW v2 AS SELECT a, count(*) FROM t0 GROUP BY a, ();
-- step sql
INSERT INTO t0 VALUES (1, 1), (2, 3);
-- case what lists values over a window does so in the window's order
-- step sql
CREATE TABLE t0 (id INTEGER, a INTEGER, b TEXT);
CREATE MATERIALIZED VIEW v0 AS SELECT id, array_agg(b) OVER (ORDER BY id DESC) AS c1, string_agg(b, ',') OVER (ORDER BY a, id ROWS 1 PRECEDING) AS c2, max(b) OVER (ORDER BY id) AS c3 FROM t0;
-- step sql
INSERT INTO t0 VALUES (4, 0, ''), (0, 1, 'a'), (1, 0, 'z'), (2, 1, NULL), (3, 0, 'm');
-- step sql
DELETE FROM t0 WHERE id = 1;
-- case a strict function of NULL is NULL, whatever its other arguments are
-- step sql
CREATE TABLE t0 (id INTEGER, b TEXT);
INSERT INTO t0 VALUES (0, 'no number');
CREATE MATERIALIZED VIEW v0 AS SELECT CAST(b AS INTEGER) + (NULL::integer * 2) AS c1, b::interval < NULL AS c2 FROM t0;
-- case a remove that has seen an add is final, also where it comes after the row's death
-- step here
TABLE m0 (id INTEGER = 1 PRIMARY KEY, a INTEGER = 2, b TEXT = 3, c BIGINT = 4 COUNTER, d BIGINT = 5 MAX, e TEXT[] = 6 SET) STRICT;
-- step postgres
CREATE TABLE m0 (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c BIGINT, d BIGINT, e TEXT[]);
-- step sql
CREATE MATERIALIZED VIEW v0 AS SELECT id, e FROM m0;
-- step event 0
{"@tx":[["m0","1","e",{"add":"x"}],["m0","2","e",{"add":"y"}]]}
-- step here
UPDATE m0 SET e = array_remove(e, 'x') WHERE id = 1;
-- step event 7200000
{"@tx":[["m0","2","",{"exists":false}]]}
-- step deliver 1
-- step here
DELETE FROM m0 WHERE id = 1;
-- step deliver 2
-- case all arguments of a strict function are looked at, also beside a NULL
-- step sql
CREATE TABLE t0 (id INTEGER, a INTEGER, b TEXT);
CREATE MATERIALIZED VIEW v0 AS SELECT id FROM t0 WHERE a = sign(CAST(b AS DOUBLE PRECISION))::integer;
-- step sql
INSERT INTO t0 VALUES (0, NULL, 'no number');
-- step sql
UPDATE t0 SET b = '1';
-- case a NULL that is computed first decides for what is strict, whatever is beside it
-- step sql
CREATE TABLE t1 (id INTEGER PRIMARY KEY, a INTEGER, b TEXT);
-- step sql
INSERT INTO t1 VALUES (18, 1, ''), (2, 4, 'no time');
-- step sql
CREATE MATERIALIZED VIEW v0(c1) AS SELECT avg(a) FROM t1 AS q1 GROUP BY q1.b HAVING count(*) FILTER (WHERE CAST(q1.b AS TIMESTAMPTZ) - (CAST(NULL AS TIMESTAMP) AT TIME ZONE 'UTC') >= INTERVAL '1 day') <> 2;
-- step sql
UPDATE t1 SET b = 'c' WHERE id = 2;
-- case a view that names a relation and needs nothing of it stands and falls with it all the same
-- step sql
CREATE TABLE t0 (id INTEGER, c INTEGER);
CREATE TABLE t1 (id INTEGER);
-- step sql
CREATE MATERIALIZED VIEW v0(c1) AS SELECT c FROM t0;
-- step sql
CREATE MATERIALIZED VIEW v1(c1) AS WITH q AS (SELECT c1 FROM v0) SELECT id FROM t1;
-- step alter
ALTER TABLE t0 RENAME COLUMN c TO n1;
-- step restart
-- step alter
ALTER TABLE t0 RENAME COLUMN n1 TO c;
-- step sql
INSERT INTO t1 VALUES (1);
-- step deliver 3
-- case what a constant decides in AND and OR is decided, also where the other side would fail
-- step sql
CREATE TABLE t0 (id INTEGER, b TEXT);
INSERT INTO t0 VALUES (0, 'no boolean');
-- step sql
CREATE MATERIALIZED VIEW v0 AS SELECT count(*) AS n FROM t0 WHERE NOT (CAST(b AS BOOLEAN) OR CAST(true AS BOOLEAN));
CREATE MATERIALIZED VIEW v1 AS SELECT id, false AND CAST(b AS BOOLEAN) AS x, CAST(b AS INTEGER) > 1 OR true AS y FROM t0;
-- case IS DISTINCT FROM of constants is a constant, and decides what it stands in
-- step sql
CREATE TABLE t0 (id INTEGER, b TEXT);
INSERT INTO t0 VALUES (0, 'no document');
-- step sql
CREATE MATERIALIZED VIEW v0 AS SELECT id FROM t0 WHERE CAST(b AS JSONB) IS NOT NULL OR CAST(NULL AS INTEGER) IS DISTINCT FROM 1;
