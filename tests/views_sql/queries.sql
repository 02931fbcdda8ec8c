SELECT * FROM t
SELECT t.*, u.x FROM t, u WHERE t.a = u.a
SELECT * FROM t JOIN u USING (a)
SELECT * FROM t NATURAL JOIN u
SELECT * FROM t FULL JOIN u USING (a)
SELECT * FROM t LEFT JOIN u ON t.a = u.a AND u.x > 1 WHERE t.b IS NOT NULL
SELECT t.a, u.x FROM t RIGHT JOIN u ON t.a < u.x
SELECT count(*) FROM t
SELECT count(*), count(b), sum(a), avg(a), min(s), max(d), bool_and(a > 0), bool_or(b IS NULL) FROM t
SELECT count(*), sum(a), avg(d), min(a) FROM t WHERE false
SELECT b, count(*), sum(d), avg(n), array_agg(a ORDER BY a DESC NULLS LAST, s), string_agg(s, '-' ORDER BY s, a) FROM t GROUP BY b
SELECT b, sum(DISTINCT a), count(DISTINCT s), sum(a) FILTER (WHERE s > 'b') FROM t GROUP BY b HAVING count(*) > 1
SELECT b + 1, count(*) FROM t GROUP BY b + 1
SELECT b AS key, count(*) FROM t GROUP BY key
SELECT upper(s) FROM t GROUP BY 1
SELECT p.id, p.name, count(*) FROM p LEFT JOIN t ON t.a = p.id GROUP BY p.id
SELECT 1 FROM t HAVING count(*) > 2
SELECT DISTINCT b FROM t
SELECT DISTINCT ON (b) b, a, s FROM t ORDER BY b, a DESC NULLS LAST, s, d, n
SELECT a FROM t UNION SELECT x FROM u
SELECT a FROM t UNION ALL SELECT x FROM u
SELECT a FROM t INTERSECT ALL SELECT x FROM u
SELECT a FROM t EXCEPT SELECT x FROM u
SELECT a FROM t EXCEPT ALL SELECT x FROM u
SELECT a, NULL FROM t UNION ALL SELECT 1, 'x'
SELECT a FROM t UNION SELECT n FROM t
SELECT * FROM (VALUES (1, 'a'), (2, NULL), (NULL, 'c')) AS v(x, y)
VALUES (1, 2.5), (2, 3)
SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a)
SELECT a FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND u.x > t.b)
SELECT a FROM t WHERE a IN (SELECT x FROM u)
SELECT a FROM t WHERE a NOT IN (SELECT x FROM u WHERE x IS NOT NULL)
SELECT a FROM t WHERE a NOT IN (SELECT x FROM u)
SELECT a FROM t WHERE (a, b) IN (SELECT a, x FROM u)
SELECT a FROM t WHERE (a, b) NOT IN (SELECT a, x FROM u)
SELECT a, a IN (SELECT x FROM u), a NOT IN (SELECT x FROM u WHERE u.a = t.a) FROM t
SELECT a, EXISTS (SELECT 1 FROM u WHERE u.a = t.a) AS e FROM t
SELECT a, (SELECT max(x) FROM u WHERE u.a = t.a) FROM t
SELECT a, (SELECT count(*) FROM u WHERE u.a = t.a) FROM t
SELECT a, (SELECT count(*) + t.b FROM u WHERE u.a < t.a) FROM t
SELECT a, (SELECT sum(x + t.b) FROM u WHERE u.a = t.a OR u.x = t.b) FROM t
SELECT a, (SELECT x FROM u WHERE u.a = t.a ORDER BY x LIMIT 1) FROM t
SELECT a FROM t WHERE a > ALL (SELECT x FROM u WHERE x < 3)
SELECT a FROM t WHERE a = ANY (SELECT x FROM u)
SELECT a FROM t WHERE a < ANY (SELECT x FROM u WHERE u.a = t.a) OR b = 1
SELECT a FROM t WHERE a = (SELECT min(x) FROM u)
SELECT a FROM t t1 WHERE a = (SELECT max(a) FROM t t2 WHERE t2.b = t1.b)
SELECT t.a, l.x FROM t, LATERAL (SELECT x FROM u WHERE u.a = t.a ORDER BY x DESC LIMIT 1) l
SELECT t.a, l.m FROM t LEFT JOIN LATERAL (SELECT max(x) AS m FROM u WHERE u.a = t.a) l ON true
SELECT t.a, l.x FROM t LEFT JOIN LATERAL (SELECT x FROM u WHERE u.a > t.a) l ON l.x > 1
SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND EXISTS (SELECT 1 FROM p WHERE p.id = u.x AND p.id > t.a))
SELECT a, (SELECT (SELECT max(p.id) FROM p WHERE p.id < u.x + t.a) FROM u WHERE u.a = t.a ORDER BY u.x LIMIT 1) FROM t
SELECT ARRAY(SELECT x FROM u WHERE u.a = t.a ORDER BY x) FROM t
WITH c AS (SELECT a, b FROM t WHERE a > 1) SELECT c1.a, c2.b FROM c c1 JOIN c c2 ON c1.a = c2.a
WITH c(k) AS (SELECT a FROM t), d AS (SELECT k + 1 AS k FROM c) SELECT * FROM c UNION ALL SELECT * FROM d
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 10) SELECT * FROM r
WITH RECURSIVE r(id, parent, depth) AS (SELECT id, parent, 0 FROM p WHERE parent IS NULL UNION ALL SELECT p.id, p.parent, depth + 1 FROM p JOIN r ON p.parent = r.id) SELECT * FROM r
WITH RECURSIVE reach(a, b) AS (SELECT a, x FROM u UNION SELECT reach.a, u.x FROM reach JOIN u ON reach.b = u.a) SELECT * FROM reach
SELECT a, row_number() OVER (ORDER BY a, b, s, d, n) FROM t
SELECT a, b, rank() OVER (PARTITION BY b ORDER BY a), dense_rank() OVER (PARTITION BY b ORDER BY a) FROM t
SELECT a, sum(a) OVER (ORDER BY a), count(*) OVER (PARTITION BY b), avg(a) OVER () FROM t
SELECT a, lag(a) OVER (ORDER BY a, b, s, d, n), lead(a, 2, -1) OVER (ORDER BY a, b, s, d, n) FROM t
SELECT a, first_value(a) OVER (PARTITION BY b ORDER BY a, s, d, n), last_value(a) OVER (PARTITION BY b ORDER BY a ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM t
SELECT a, sum(a) OVER (ORDER BY a, b, s, d, n ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM t
SELECT a, ntile(2) OVER w, percent_rank() OVER w, cume_dist() OVER w FROM t WINDOW w AS (ORDER BY a, b, s, d, n)
SELECT b, sum(sum(a)) OVER (ORDER BY b) FROM t GROUP BY b
SELECT * FROM (SELECT a, row_number() OVER (PARTITION BY b ORDER BY a, s, d, n) AS r FROM t) q WHERE r = 1
SELECT a FROM t ORDER BY a LIMIT 2
SELECT a FROM t ORDER BY a DESC NULLS LAST LIMIT 2 OFFSET 1
SELECT a FROM t ORDER BY a OFFSET 2
SELECT a FROM (SELECT a, b FROM t ORDER BY b, a, s, d, n LIMIT 3) q
SELECT s FROM t ORDER BY length(s), s LIMIT 3
SELECT * FROM generate_series(1, 5) AS g
SELECT t.a, g FROM t, generate_series(1, t.a) AS g
SELECT * FROM unnest(array[3,1,2]) WITH ORDINALITY AS x(v, i)
SELECT e.value ->> 'k' FROM j, jsonb_array_elements(j.doc -> 'items') AS e
SELECT doc ->> 'name', (doc -> 'n')::int + 1, doc #>> '{items,0,k}' FROM j WHERE doc @> '{"n": 1}'
SELECT k FROM j, jsonb_object_keys(doc) AS k
SELECT t.a, t.s || '!' AS shout, CASE WHEN b > 1 THEN 'big' WHEN b IS NULL THEN 'none' ELSE 'small' END FROM t
SELECT x.a + y.a FROM t x JOIN t y ON x.a = y.b JOIN u ON u.a = x.a WHERE y.s <> 'zz'
SELECT count(*) FROM t, u, p WHERE t.a = u.a AND u.x = p.id
SELECT * FROM t LEFT JOIN u ON t.a = u.a LEFT JOIN p ON p.id = u.x
SELECT * FROM t LEFT JOIN (u JOIN p ON p.id = u.x) ON t.a = u.a
SELECT date_trunc('month', w), count(*) FROM t GROUP BY 1
SELECT sum(d), sum(n), avg(n), sum(i) FROM (SELECT d, n, a::bigint AS i FROM t) q
SELECT a FROM t WHERE s LIKE 'a%' OR s ILIKE '%B'
SELECT t1.a FROM t t1 LEFT JOIN t t2 ON t1.a = t2.b WHERE t2.a IS NULL
SELECT max(c) FROM (SELECT count(*) AS c FROM t GROUP BY b) q
SELECT b, array_agg(DISTINCT s ORDER BY s) FROM t GROUP BY b
SELECT a IS NULL AS missing, count(*) FROM t GROUP BY a IS NULL
SELECT (SELECT string_agg(s, ',' ORDER BY s, a) FROM t t2 WHERE t2.b = t1.b) FROM t t1
SELECT a FROM t WHERE b = 1 OR EXISTS (SELECT 1 FROM u WHERE u.x = t.a)
SELECT CASE WHEN EXISTS (SELECT 1 FROM u WHERE u.a = t.a) THEN 'y' ELSE 'n' END, count(*) FROM t GROUP BY 1
SELECT a, b FROM t GROUP BY a, b HAVING a IN (SELECT x FROM u)
SELECT b, (SELECT max(x) FROM u WHERE u.a = t.b) FROM t GROUP BY b
SELECT a FROM t CROSS JOIN LATERAL (VALUES (t.a), (t.b)) AS v(z) WHERE z > 1
SELECT t.a FROM t JOIN u ON t.a = u.a AND EXISTS (SELECT 1 FROM p WHERE p.id = u.x)
SELECT t.a, q.c FROM t JOIN (SELECT a, count(*) AS c FROM u GROUP BY a) q ON q.a = t.a
SELECT sum(a) OVER (ORDER BY a ROWS BETWEEN b PRECEDING AND CURRENT ROW) FROM t
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT count(*)::int FROM r) SELECT * FROM r
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT r.n + 1 FROM p LEFT JOIN r ON r.n = p.id WHERE r.n < 3) SELECT * FROM r
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT r.n + 1 FROM r RIGHT JOIN p ON r.n = p.id WHERE r.n < 3) SELECT * FROM r
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT r.n + 1 FROM r FULL JOIN p ON r.n = p.id WHERE r.n < 3) SELECT * FROM r
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n IN (SELECT n FROM r)) SELECT * FROM r
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT a.n + 1 FROM r a JOIN r b ON a.n = b.n WHERE a.n < 3) SELECT * FROM r
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL (SELECT n + 1 FROM r WHERE n < 3 EXCEPT SELECT n FROM r)) SELECT * FROM r
WITH RECURSIVE r(n) AS (SELECT n FROM r UNION ALL SELECT 1) SELECT * FROM r
SELECT sum(a) OVER (ORDER BY a RANGE BETWEEN -1 PRECEDING AND 1 FOLLOWING) FROM t
SELECT sum(a) OVER (ORDER BY a, b RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM t
SELECT sum(a) OVER (ORDER BY s RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM t
SELECT sum(a) OVER (ORDER BY w RANGE BETWEEN '-1 day' PRECEDING AND CURRENT ROW) FROM t
SELECT sum(a) OVER (ORDER BY a ROWS BETWEEN NULL PRECEDING AND CURRENT ROW) FROM t
SELECT sum(a) OVER (GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t
SELECT sum(a) OVER (RANGE BETWEEN CURRENT ROW AND 1 PRECEDING) FROM t
