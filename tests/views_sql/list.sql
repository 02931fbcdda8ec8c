-- filter, projection, expressions
SELECT id, name || '!' AS n, id * 2 + 1 AS m FROM person WHERE id > 1 AND (born IS NULL OR born < '2000-01-01')
SELECT id, CASE WHEN amount > 10 THEN 'big' WHEN amount IS NULL THEN 'none' ELSE 'small' END AS size FROM sale
SELECT id, amount::integer AS i, amount::text AS t, CAST(pieces AS DOUBLE PRECISION) / 4 AS d FROM sale
SELECT id, extra ->> 'city' AS city, extra -> 'langs' -> 0 AS l, extra #>> '{x,y,2,z}' AS z, (extra ->> 'score')::numeric AS s FROM person
SELECT id, extra['city'] AS city, extra['x']['y'][0] AS y FROM person
SELECT id, date_trunc('month', at) AS month, extract(year FROM at) AS y, extract(dow FROM at) AS dow, at::date AS day FROM sale
SELECT id, age(born, '1970-01-01') AS a, born + 1 AS tomorrow, born + interval '1 month' AS later FROM person
-- joins
SELECT p.name, s.product FROM person p JOIN sale s ON s.person = p.id
SELECT p.name, s.product FROM person p LEFT JOIN sale s ON s.person = p.id
SELECT p.name, s.product FROM person p RIGHT JOIN sale s ON s.person = p.id
SELECT p.name, s.product FROM person p FULL JOIN sale s ON s.person = p.id
SELECT p.name, s.product FROM person p FULL OUTER JOIN sale s ON s.person = p.id AND s.amount > 2
SELECT p.name, s.product FROM person p FULL JOIN sale s ON s.person = p.id AND p.boss IS NULL AND s.pieces < p.id + 5
SELECT p.name, s.product FROM person p CROSS JOIN sale s
SELECT p.name, s.product FROM person p, sale s
SELECT p.name, b.name AS boss FROM person p LEFT JOIN person b ON b.id = p.boss
SELECT a.id AS x, b.id AS y FROM sale a JOIN sale b ON a.at < b.at AND b.at <= a.at + interval '30 days'
SELECT a.id AS x, b.id AS y FROM sale a LEFT JOIN sale b ON a.amount < b.amount
SELECT a.id AS x, b.id AS y FROM sale a LEFT JOIN sale b ON a.product <> b.product OR a.id = b.id
SELECT name FROM person p WHERE EXISTS (SELECT 1 FROM sale s WHERE s.person = p.id)
SELECT name FROM person p WHERE NOT EXISTS (SELECT FROM sale s WHERE s.person = p.id)
SELECT name FROM person WHERE id IN (SELECT person FROM sale WHERE paid)
SELECT name FROM person WHERE id NOT IN (SELECT person FROM sale WHERE person IS NOT NULL)
SELECT name FROM person WHERE id NOT IN (SELECT person FROM sale)
SELECT name FROM person p WHERE EXISTS (SELECT 1 FROM sale s WHERE s.person < p.id AND s.amount > p.id)
SELECT name FROM person p WHERE (id, name) IN (SELECT person, 'Ada' FROM sale)
SELECT name FROM person WHERE id > ALL (SELECT person FROM sale WHERE person IS NOT NULL)
SELECT name FROM person WHERE id = ANY (SELECT boss FROM person)
SELECT p.name, s.product FROM person p JOIN sale s ON s.person = p.id AND s.amount = (SELECT max(amount) FROM sale s2 WHERE s2.person = p.id)
SELECT p.name, s.product FROM person p LEFT JOIN sale s ON s.person = p.id AND s.amount = (SELECT max(amount) FROM sale)
SELECT p.name, s.product FROM person p LEFT JOIN sale s ON s.person = p.id AND s.amount = (SELECT max(amount) FROM sale s2 WHERE s2.person = p.id)
SELECT p.name, s.product FROM person p LEFT JOIN sale s ON s.person = p.id AND EXISTS (SELECT 1 FROM reading r WHERE r.n = s.pieces)
SELECT p.name, s.product FROM person p LEFT JOIN sale s ON s.person = p.id AND s.id IN (SELECT n FROM reading)
SELECT p.name, s.product FROM person p LEFT JOIN sale s ON s.person = p.id AND s.id NOT IN (SELECT n FROM reading WHERE n IS NOT NULL)
SELECT p.name, s.product FROM person p RIGHT JOIN sale s ON s.person = p.id AND p.id IN (SELECT n FROM reading)
SELECT p.name, s.product FROM person p FULL JOIN sale s ON s.person = p.id AND s.id IN (SELECT n FROM reading)
SELECT p.name, s.product FROM person p LEFT JOIN sale s ON s.person = p.id AND EXISTS (SELECT 1 FROM reading r WHERE r.n = p.id + s.id)
SELECT p.name, s.product FROM person p LEFT JOIN sale s ON s.person = p.id AND EXISTS (SELECT 1 FROM reading r WHERE r.n = p.id)
SELECT * FROM person NATURAL JOIN (SELECT id, product FROM sale) q
SELECT id, name, product FROM person JOIN sale USING (id)
SELECT id, name, product FROM person FULL JOIN sale USING (id)
-- groups
SELECT product, count(*) AS c, count(amount) AS ca, sum(amount) AS s, avg(amount) AS a, min(amount) AS mi, max(at) AS ma FROM sale GROUP BY product
SELECT product, count(*) AS c FROM sale GROUP BY product HAVING count(*) > 1 AND sum(pieces) > 0
SELECT count(*) AS c, sum(pieces) AS s, avg(pieces) AS a, bool_and(paid) AS ba, bool_or(paid) AS bo, every(paid) AS e FROM sale
SELECT product, array_agg(id ORDER BY id DESC) AS ids, string_agg(id::text, ', ' ORDER BY id) AS t FROM sale GROUP BY product
SELECT product, count(*) FILTER (WHERE paid) AS p, sum(amount) FILTER (WHERE NOT paid) AS np, count(DISTINCT person) AS d, sum(DISTINCT pieces) AS sd FROM sale GROUP BY product
SELECT DISTINCT product, paid FROM sale
SELECT DISTINCT ON (product) product, id, amount FROM sale ORDER BY product, amount DESC NULLS LAST, id
SELECT date_trunc('month', at) AS month, sum(amount * pieces) AS total FROM sale GROUP BY 1 HAVING sum(amount * pieces) IS NOT NULL
SELECT sensor, avg(value) AS a, sum(value) AS s, sum(took) AS t, avg(took) AS at, sum(n) AS n, avg(n) AS an FROM reading GROUP BY sensor
SELECT max(c) AS m FROM (SELECT count(*) AS c FROM sale GROUP BY product) q
SELECT product, array_agg(DISTINCT person ORDER BY person) AS ps FROM sale GROUP BY product
SELECT product, string_agg(DISTINCT paid::text, '/' ORDER BY paid::text) AS ps FROM sale GROUP BY product
SELECT extra ->> 'city' AS city, count(*) AS c FROM person GROUP BY extra ->> 'city'
-- set operations
SELECT id FROM person UNION SELECT person FROM sale
SELECT id FROM person UNION ALL SELECT person FROM sale
SELECT id FROM person INTERSECT SELECT person FROM sale
SELECT person FROM sale INTERSECT ALL SELECT boss FROM person
SELECT id FROM person EXCEPT SELECT person FROM sale
SELECT person FROM sale EXCEPT ALL SELECT boss FROM person
SELECT id FROM person UNION SELECT person FROM sale EXCEPT SELECT boss FROM person ORDER BY 1 LIMIT 3
(SELECT id FROM person ORDER BY id LIMIT 2) UNION ALL (SELECT id FROM sale ORDER BY id DESC LIMIT 1)
-- sub-queries, CTEs, scalar sub-queries
SELECT q.product, q.c FROM (SELECT product, count(*) AS c FROM sale GROUP BY product) AS q WHERE q.c > 1
WITH big AS (SELECT * FROM sale WHERE amount > 10), names AS (SELECT id, name FROM person) SELECT n.name, b.product FROM big b JOIN names n ON n.id = b.person
WITH a AS (SELECT id FROM sale), b AS (SELECT id + 1 AS id FROM a) SELECT a.id AS x, b.id AS y FROM a LEFT JOIN b USING (id)
SELECT name, (SELECT count(*) FROM sale s WHERE s.person = p.id) AS c, (SELECT max(amount) FROM sale) AS m FROM person p
SELECT name FROM person WHERE id = (SELECT max(person) FROM sale WHERE paid)
SELECT name, ARRAY(SELECT product FROM sale s WHERE s.person = p.id ORDER BY product) AS products FROM person p
SELECT p.name, l.product FROM person p LEFT JOIN LATERAL (SELECT product FROM sale s WHERE s.person = p.id ORDER BY at DESC, id LIMIT 1) l ON true
SELECT p.name, t.tag, t.n FROM person p, unnest(p.tags) WITH ORDINALITY AS t(tag, n)
SELECT p.name, l.value #>> '{}' AS lang FROM person p CROSS JOIN LATERAL jsonb_array_elements(p.extra -> 'langs') AS l
SELECT p.name, l FROM person p, jsonb_array_elements_text(p.extra -> 'langs') AS l(l)
-- top-k
SELECT id, amount FROM sale ORDER BY amount DESC NULLS LAST, id LIMIT 2
SELECT id, amount FROM sale ORDER BY amount NULLS FIRST, id LIMIT 2 OFFSET 1
SELECT id, amount FROM sale ORDER BY id OFFSET 3
SELECT id, amount FROM sale ORDER BY id FETCH FIRST 2 ROWS ONLY
-- recursive
WITH RECURSIVE up AS (SELECT id, boss, 0 AS depth FROM person WHERE boss IS NULL UNION ALL SELECT p.id, p.boss, up.depth + 1 FROM person p JOIN up ON p.boss = up.id) SELECT * FROM up
WITH RECURSIVE reach(a, b) AS (SELECT id, boss FROM person WHERE boss IS NOT NULL UNION SELECT r.a, p.boss FROM reach r JOIN person p ON p.id = r.b WHERE p.boss IS NOT NULL) SELECT a, count(*) AS c FROM reach GROUP BY a
WITH RECURSIVE up AS (SELECT id, boss, ARRAY[id] AS path FROM person UNION ALL SELECT up.id, p.boss, up.path || p.id FROM up JOIN person p ON p.id = up.boss WHERE p.id <> ALL (up.path)) SELECT * FROM up
WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i, i * i AS sq FROM n
SELECT p.name, (WITH RECURSIVE up(id, boss) AS (SELECT q.id, q.boss FROM person q WHERE q.id = p.id UNION SELECT b.id, b.boss FROM person b JOIN up ON b.id = up.boss) SELECT count(*) FROM up) AS above FROM person p
SELECT p.name, u.i FROM person p, LATERAL (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < p.id) SELECT i FROM n) u
SELECT p.name, u.i FROM person p LEFT JOIN LATERAL (WITH RECURSIVE n(i) AS (SELECT p.id UNION SELECT i / 2 FROM n WHERE i > 1) SELECT max(i) AS i FROM n WHERE i < p.id) u ON true
SELECT name FROM person p WHERE EXISTS (WITH RECURSIVE up(id) AS (SELECT p.boss UNION SELECT b.boss FROM person b JOIN up ON b.id = up.id) SELECT 1 FROM up WHERE id = 1)
-- windows
SELECT id, row_number() OVER (PARTITION BY product ORDER BY at, id) AS r, rank() OVER (ORDER BY amount) AS k, dense_rank() OVER (ORDER BY amount) AS d FROM sale
SELECT id, sum(pieces) OVER (ORDER BY id) AS running, avg(amount) OVER (PARTITION BY product) AS a, lag(amount) OVER (ORDER BY id) AS before, lead(amount, 2, 0.0) OVER (ORDER BY id) AS after FROM sale
SELECT id, sum(pieces) OVER w AS s, first_value(id) OVER w AS f, last_value(id) OVER w AS l, nth_value(id, 2) OVER w AS n FROM sale WINDOW w AS (PARTITION BY product ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
SELECT id, ntile(3) OVER (ORDER BY id) AS n, percent_rank() OVER (ORDER BY amount) AS p, cume_dist() OVER (ORDER BY amount) AS c FROM sale
SELECT id, sum(pieces) OVER (ORDER BY pieces RANGE BETWEEN 2 PRECEDING AND 1 FOLLOWING) AS s FROM sale
SELECT id, count(*) OVER (ORDER BY at RANGE BETWEEN interval '7 days' PRECEDING AND CURRENT ROW) AS s FROM sale
SELECT id, sum(pieces) OVER (ORDER BY amount DESC RANGE 0.1 PRECEDING) AS s FROM sale
SELECT at, value, avg(value) OVER (PARTITION BY sensor ORDER BY at RANGE BETWEEN '10 minutes' PRECEDING AND CURRENT ROW) AS s FROM reading
SELECT value, count(*) OVER (ORDER BY value RANGE BETWEEN 1.0 PRECEDING AND 1.5 FOLLOWING) AS s FROM reading
SELECT id, born, count(*) OVER (ORDER BY born DESC RANGE BETWEEN '1 year' PRECEDING AND '1 year' FOLLOWING) AS s FROM person
SELECT id, sum(pieces) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW) AS s FROM sale
SELECT id, sum(pieces) OVER (ORDER BY product GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES) AS s FROM sale
SELECT id, sum(pieces) OVER (ORDER BY product GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE GROUP) AS s FROM sale
SELECT product, sum(amount) AS s, rank() OVER (ORDER BY sum(amount) DESC NULLS LAST) AS r FROM sale GROUP BY product
SELECT * FROM (SELECT product, id, row_number() OVER (PARTITION BY product ORDER BY amount DESC NULLS LAST, id) AS r FROM sale) q WHERE r <= 2
SELECT id, count(*) FILTER (WHERE paid) OVER (ORDER BY id) AS c FROM sale
SELECT product, count(*) AS c, sum(count(*)) OVER () AS total, round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS pct FROM sale GROUP BY product
SELECT id, amount - lag(amount) OVER (ORDER BY id) AS change FROM sale
-- what gives rows
SELECT id, unnest(tags) AS tag FROM person
SELECT DISTINCT unnest(tags) AS t FROM person
SELECT unnest(array_agg(name ORDER BY id)) AS n FROM person
SELECT id, generate_series(1, id) AS g FROM person WHERE id < 4
SELECT p.id FROM person p WHERE 'b' IN (SELECT unnest(p.tags))
SELECT p.id, e.key, e.value FROM person p, jsonb_each(CASE WHEN jsonb_typeof(p.extra) = 'object' THEN p.extra END) AS e
SELECT p.id, k, v FROM person p CROSS JOIN LATERAL jsonb_each_text(CASE WHEN jsonb_typeof(p.extra) = 'object' THEN p.extra END) AS e(k, v)
SELECT p.id, l FROM person p, jsonb_array_elements_text(CASE WHEN jsonb_typeof(p.extra) = 'object' THEN p.extra -> 'langs' END) AS l
-- documents of rows
SELECT jsonb_agg(name ORDER BY id) AS a, jsonb_object_agg(id, name) AS b, jsonb_agg(DISTINCT boss) AS c, jsonb_agg(id ORDER BY id) FILTER (WHERE id > 3) AS d FROM person
SELECT boss, jsonb_agg(jsonb_build_object('id', id, 'n', name) ORDER BY id) AS a, jsonb_object_agg(name, extra) AS b FROM person GROUP BY boss
SELECT jsonb_agg(tags ORDER BY id) AS a, jsonb_agg(DISTINCT name ORDER BY name) AS b, jsonb_agg(born ORDER BY id) AS c FROM person
SELECT id, jsonb_agg(id) OVER (ORDER BY id) AS a FROM person
-- recursions over the rows around
WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT n, (SELECT count(*) FROM r x WHERE x.n < r.n) AS c, (SELECT sum(n) FROM r) AS s FROM r
WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3), s AS (SELECT n FROM r UNION SELECT s.n + r.n FROM s JOIN r ON s.n = r.n WHERE s.n < 5) SELECT * FROM s
SELECT p.id, (WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < p.id) SELECT sum(n) FROM r) AS s, (WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n * 2 FROM r WHERE n < p.boss) SELECT sum(n) FROM r) AS t FROM person p
SELECT p.id, q.x FROM person p CROSS JOIN LATERAL (WITH RECURSIVE r(n) AS (SELECT p.id UNION ALL SELECT (SELECT max(b.boss) FROM person b WHERE b.id = r.n AND b.boss < b.id) FROM r WHERE n IS NOT NULL) SELECT n AS x FROM r) q
SELECT p.id FROM person p WHERE EXISTS (SELECT 1 FROM sale s WHERE s.person = p.id AND s.pieces IN (WITH RECURSIVE r(n) AS (SELECT p.id UNION SELECT n + s.id FROM r WHERE n < 10) SELECT n FROM r))
-- frames
SELECT id, sum(pieces) OVER (ORDER BY pieces NULLS FIRST RANGE BETWEEN 2 PRECEDING AND 1 FOLLOWING) AS s, count(*) OVER (ORDER BY pieces DESC RANGE BETWEEN 1 FOLLOWING AND 3 FOLLOWING) AS t FROM sale
SELECT id, first_value(id) OVER w AS a, last_value(id) OVER w AS b, nth_value(id, 2) OVER w AS c, array_agg(id) OVER w AS d FROM sale WINDOW w AS (ORDER BY id ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING EXCLUDE CURRENT ROW)
SELECT id, count(*) OVER w AS d, sum(pieces) OVER w AS s FROM sale WINDOW w AS (PARTITION BY product ORDER BY amount ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE TIES)
SELECT id, count(*) OVER (w RANGE 1 PRECEDING) AS a FROM sale WINDOW w AS (ORDER BY id)
SELECT took, count(*) OVER (ORDER BY took RANGE BETWEEN '1 hour' PRECEDING AND '1 day' FOLLOWING) AS a FROM reading
