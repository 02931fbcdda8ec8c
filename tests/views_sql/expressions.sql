SELECT 1, -1, 2147483648, 1.5, 1e3, 'a', NULL, true
SELECT 7/2, -7/2, 7%3, -7%3, 7.0/2, 7/2.0::float8, 2^3, 2^0.5, 10/3.0, 1/3::numeric
SELECT 1/0
SELECT 1%0
SELECT 1.0/0
SELECT 1/0::float8
SELECT 2147483647 + 1
SELECT 9223372036854775807 + 1
SELECT -2147483648 / -1
SELECT (-2147483648)::int * -1
SELECT 100000::int * 100000::int
SELECT 1e308::float8 * 10
SELECT 1e-308::float8 * 1e-308::float8
SELECT abs(-5), abs(-5.5), abs(-5.5::float8), sign(-3.2), sign(-3::float8), mod(7,3), mod(7.5,2), gcd(12,18), lcm(4,6)
SELECT round(2.5), round(3.5), round(-2.5), round(2.5::float8), round(3.5::float8), round(1.2345,2), round(1250,-2), round(2.675,2)
SELECT trunc(2.7), trunc(-2.7), trunc(1.2345,2), ceil(2.1), floor(-2.1), ceiling(2.1::float8), floor(2.9::float8), trunc(2.9::float8)
SELECT sqrt(2), sqrt(2::float8), sqrt(2::numeric), sqrt(100.00), sqrt(0), cbrt(27::float8)
SELECT sqrt(-1)
SELECT sqrt(-1::numeric)
SELECT power(2,10), power(2::numeric,10), power(2.5,2), power(2.0,-1), power(2::numeric,0.5), 2::numeric^3
SELECT exp(1::float8), exp(1.0), ln(2::float8), ln(2.0), log(100::float8), log(100.0), log10(1000.0)
SELECT ln(0::float8)
SELECT ln(-1.0)
SELECT pi(), degrees(pi()), radians(180::float8), sin(0::float8), cos(0::float8), atan2(1::float8,1::float8)
SELECT 5 & 3, 5 | 3, 5 # 3, ~5, 1 << 4, 256 >> 2
SELECT 1.10 + 2.2, 1.10 * 2.20, 1.1 - 1.10, 5.5 % 2, -5.5 % 2, div(7.5, 2)
SELECT 12345.678::numeric(7,2), 1.005::numeric(10,2), 0.5::numeric(3,0)
SELECT 12345.678::numeric(5,2)
SELECT 'NaN'::numeric, 'NaN'::float8, 'Infinity'::float8, '-Infinity'::float8, 'NaN'::float8 = 'NaN'::float8, 'NaN'::float8 > 1
SELECT 0.1::float8 + 0.2::float8, 1e15::float8, 1e14::float8, 123456789.123::float8, 1e-5::float8, 100::float8, 0.0001::float8, -0.0::float8
SELECT 1.0 = 1.00, 1 = 1.0, 1::bigint = 1, 1.5 > 1, '1' = 1, 1 < '2'
SELECT 'abc' = 'abc', 'a' < 'b', 'B' < 'a', 'a' || 'b', 'a' || 1, 1 || 'a', 'x' || NULL
SELECT 1::text, 1.50::text, true::text, '2020-01-01'::date::text, 1.5::float8::text, '1 day'::interval::text
SELECT '12'::int, ' 12 '::int, '-5'::bigint, '1.5'::numeric, '1e3'::float8, 't'::boolean, 'yes'::boolean, 'off'::boolean
SELECT 'abc'::int
SELECT '1.5'::int
SELECT '99999999999'::int
SELECT 'maybe'::boolean
SELECT 'x'::numeric
SELECT 1.5::int, 2.5::int, -1.5::int, 1.5::float8::int, 2.5::float8::int, 3000000000.4::bigint
SELECT 3000000000::int
SELECT 1e20::float8::bigint
SELECT true::int, 0::boolean, 5::boolean
SELECT CAST(1 AS text), CAST('5' AS integer) + 1
SELECT coalesce(NULL, 1, 2), coalesce(NULL, 'a'), nullif(1,1), nullif(1,2), greatest(1,NULL,3), least(2,1.5), greatest('a','b')
SELECT CASE WHEN 1=1 THEN 'a' ELSE 'b' END, CASE 2 WHEN 1 THEN 'x' WHEN 2 THEN 'y' END, CASE WHEN NULL THEN 1 END
SELECT CASE WHEN true THEN 1 ELSE 2.5 END, CASE WHEN false THEN 1 ELSE 2.5 END
SELECT true AND NULL, false AND NULL, true OR NULL, false OR NULL, NOT NULL::boolean
SELECT NULL IS NULL, 1 IS NOT NULL, NULL = NULL, 1 IS DISTINCT FROM NULL, NULL IS NOT DISTINCT FROM NULL
SELECT true IS TRUE, NULL::boolean IS UNKNOWN, false IS NOT TRUE, NULL::boolean IS NOT FALSE
SELECT 1 IN (1,2), 3 IN (1,2), 3 IN (1,NULL), 1 NOT IN (2,NULL), 'a' IN ('a','b')
SELECT 2 BETWEEN 1 AND 3, 2 NOT BETWEEN 1 AND 3, 2 BETWEEN SYMMETRIC 3 AND 1, 'b' BETWEEN 'a' AND 'c'
SELECT (1,2) = (1,2), (1,2) < (1,3), (1,NULL) = (2,3), (2,1) >= (1,9), (1,2) IN ((1,2),(3,4)), (1,2) <> (1,3)
SELECT 'abc' LIKE 'a%', 'abc' LIKE '_b_', 'abc' NOT LIKE '%d', 'ABC' ILIKE 'a%', 'a%c' LIKE 'a\%c', 'axc' LIKE 'a!%c' ESCAPE '!', '' LIKE '', '' LIKE '%'
SELECT 'äb' LIKE '_b', 'abcabc' LIKE '%c%c', 'aaa' LIKE '%a%a%a%a%', 'a_c' LIKE 'a\_c'
SELECT lower('ABC'), upper('abc'), length('äbc'), char_length('abc'), octet_length('ä'), initcap('hello wORLD'), reverse('abc')
SELECT substr('hello',2), substr('hello',2,3), substring('hello' from 2 for 2), substr('hello',0,3), substr('hello',-1,3), left('hello',2), right('hello',2), left('hello',-2), right('hello',-2)
SELECT substr('a',1,-1)
SELECT trim('  a '), trim(both 'x' from 'xxaxx'), ltrim('  a'), rtrim('a  '), btrim('xyaxy','xy'), trim(leading 'x' from 'xxa')
SELECT replace('abcabc','b','xx'), position('c' in 'abc'), strpos('abc','z'), repeat('ab',3), lpad('5',3,'0'), rpad('a',3,'xy'), lpad('hello',2), split_part('a,b,c',',',2), split_part('a,b,c',',',-1)
SELECT concat('a',NULL,1,true), concat_ws(',','a',NULL,'b'), ascii('a'), to_hex(255), translate('12345','143','ax'), starts_with('alphabet','alph'), concat(1.50, '2020-01-01'::date)
SELECT '\x4142'::bytea, length('\x4142'::bytea), 'abc'::bytea, '\x41'::bytea || '\x42'::bytea
SELECT '2020-02-30'::date
SELECT 'garbage'::date
SELECT '2020-13-01'::timestamptz
SELECT '2020-01-31'::date + 1, '2020-03-01'::date - '2020-02-01'::date, '2020-01-31'::date + interval '1 month', '2020-01-31'::date - 31
SELECT '2020-01-01 12:34:56.789'::timestamptz, '2020-01-01T00:00:00+02'::timestamptz, '2020-01-01 12:00'::timestamp, '2020-01-01 12:00:00.5Z'::timestamptz, '20200101'::date
SELECT '2020-01-01 00:00:00.123456789'::timestamp, '0001-01-01'::date, '0044-03-15 BC'::date, 'infinity'::date, '-infinity'::timestamptz, 'epoch'::timestamptz
SELECT date_trunc('month','2020-05-17 12:34:56'::timestamptz), date_trunc('week','2020-05-17'::timestamp), date_trunc('quarter','2020-05-17'::date), date_trunc('hour', '1 day 02:03:04'::interval), date_trunc('century','2020-05-17'::timestamp)
SELECT date_trunc('bogus','2020-05-17'::timestamp)
SELECT extract(year from '2020-05-17'::date), extract(month from '2020-05-17 01:02:03'::timestamp), extract(epoch from '2020-05-17 01:02:03.5'::timestamptz), extract(dow from '2020-05-17'::date), extract(isodow from '2020-05-17'::date), extract(week from '2021-01-01'::date), extract(doy from '2020-12-31'::date), extract(second from '00:00:01.5'::interval), extract(quarter from '2020-05-17'::date), extract(isoyear from '2021-01-01'::date)
SELECT date_part('year','2020-05-17'::date), date_part('epoch','1 day'::interval), date_part('hour','2020-05-17 13:00'::timestamp), extract(epoch from '1 month 1.5 sec'::interval), extract(milliseconds from '2020-05-17 13:00:01.234567'::timestamp), extract(julian from '2020-05-17'::date), extract(century from '2001-01-01'::date), extract(decade from '1999-01-01'::date)
SELECT extract(hour from '2020-05-17'::date)
SELECT age('2020-05-17'::timestamp,'2019-03-20'::timestamp), age('2019-03-20'::timestamp,'2020-05-17'::timestamp), '2020-03-01'::timestamp - '2020-02-01 12:00'::timestamp, '2020-01-01'::timestamp + interval '1 year 2 months 3 days 04:05:06'
SELECT make_date(2020,2,29), to_timestamp(0), to_timestamp(1.5), make_timestamp(2020,1,2,3,4,5.5), isfinite('infinity'::date)
SELECT make_date(2020,2,30)
SELECT '1 day'::interval, '1 year 2 months'::interval, '1-2'::interval, '1.5 days'::interval, 'P1Y2M3DT4H5M6S'::interval, '-1 day +02:00'::interval, '1 week'::interval, '90 minutes'::interval, '1 day ago'::interval, '0'::interval, '1.5 months'::interval
SELECT '1 day'::interval + '2 hours'::interval, '1 month'::interval * 1.5, '1 day'::interval / 2, -'1 day'::interval, '1 month'::interval = '30 days'::interval, '24 hours'::interval = '1 day'::interval, 2 * interval '1 hour'
SELECT 'xyz'::interval
SELECT justify_hours('36 hours'::interval), justify_days('45 days'::interval)
SELECT '2020-01-01'::date < '2020-01-01 00:00:01'::timestamptz, '2020-01-01'::date = '2020-01-01'::timestamp, '2020-01-01 00:00+00'::timestamptz AT TIME ZONE 'UTC'
SELECT to_char('2020-05-07 13:04:05.678'::timestamp,'YYYY-MM-DD HH24:MI:SS.MS'), to_char('2020-05-07'::timestamp,'DD Mon YYYY'), to_char('2020-05-07'::timestamp,'FMMonth FMDD, YYYY'), to_char('2020-05-07 13:00'::timestamp,'HH12:MI AM'), to_char('2020-05-07'::timestamp,'Day D DDD Q IW')
SELECT '{"b": 1, "a": [1, 2.50, "x"], "b": 2}'::jsonb, '[1,2]'::jsonb, '"x"'::jsonb, 'null'::jsonb, '1e2'::jsonb, '{"aa":1,"b":2}'::jsonb, '"\u00e4\n"'::jsonb
SELECT '{bad'::jsonb
SELECT '{"a":{"b":[10,20]}}'::jsonb -> 'a', '{"a":{"b":[10,20]}}'::jsonb #> '{a,b,1}', '{"a":{"b":[10,20]}}'::jsonb #>> '{a,b,0}', '{"a":"x"}'::jsonb ->> 'a', '[1,2,3]'::jsonb -> 1, '[1,2,3]'::jsonb -> -1, '[1,2]'::jsonb ->> 5, '{"a":null}'::jsonb ->> 'a', '{"a":null}'::jsonb -> 'a'
SELECT '{"a":1,"b":2}'::jsonb @> '{"a":1}', '[1,2,3]'::jsonb @> '[1,3]', '{"a":1}'::jsonb ? 'a', '{"a":1}'::jsonb ?| array['b','a'], '{"a":1}'::jsonb ?& array['b','a'], '[1,[2]]'::jsonb @> '[2]', '{"a":{"b":1,"c":2}}'::jsonb @> '{"a":{"b":1}}', '["a"]'::jsonb ? 'a'
SELECT '{"a":1}'::jsonb || '{"b":2}', '{"a":1,"b":2}'::jsonb - 'a', '[1,2,3]'::jsonb - 0, jsonb_typeof('1'), jsonb_array_length('[1,2]'), ('{"a":5}'::jsonb ->> 'a')::int + 1, ('{"a":5}'::jsonb -> 'a')::int, '{"a":1}'::jsonb = '{"a":1.0}'
SELECT to_jsonb(1), to_jsonb('x'::text), to_jsonb(true), jsonb_build_object('a',1,'b','x'), jsonb_build_array(1,'a',NULL,true), to_jsonb(array[1,2]), to_jsonb('2020-01-01 00:00:00+00'::timestamptz), jsonb_extract_path_text('{"a":{"b":1}}','a','b')
SELECT ('"x"'::jsonb)::int
SELECT jsonb_array_length('{"a":1}')
SELECT array[1,2,3], array['a','b c',NULL,'d"e'], array[1,2.5], array[1,2]::text[], '{1,2,NULL}'::int[], '{}'::text[], array[]::int[]
SELECT (array[1,2,3])[2], (array[1,2,3])[5], (array[1,2,3])[2:3], array_length(array[1,2,3],1), cardinality(array[1,2]), array_length('{}'::int[],1), array_upper(array[5,6],1)
SELECT array[1,2] || array[3], array[1] || 2, 0 || array[1], array_append(array[1],2), array_prepend(0,array[1]), array_cat(array[1],array[2]), array_remove(array[1,2,1],1), array_replace(array[1,2],2,9), array_position(array['a','b'],'b')
SELECT 1 = ANY(array[1,2]), 3 = ANY(array[1,NULL]), 1 < ALL(array[2,3]), 1 = ALL('{}'::int[]), NULL = ANY(array[1]), 'a' = ANY('{a,b}')
SELECT array[1,2] @> array[1], array[1,2] && array[2,3], array[1] <@ array[1,2], array[1,2] = array[1,2], array[1,2] < array[1,3], array[1,2] < array[1,2,3]
SELECT array_to_string(array['a',NULL,'b'],','), array_to_string(array['a',NULL],',','*'), string_to_array('a,b,c',','), string_to_array('abc','')
SELECT '{1,2'::int[]
SELECT '{a}'::int[]
SELECT nosuch(1)
SELECT 1 + 'a'
SELECT 1 + true
SELECT 'a'::text + 1
SELECT lower(1)
SELECT nosuchcolumn
SELECT * FROM nosuchtable
SELECT 1 WHERE 'x'
SELECT length(1, 2)
SELECT CASE WHEN 1 THEN 2 END
SELECT CASE WHEN true THEN 1 ELSE true END
SELECT array[1,'a']
SELECT sum(a) FROM t WHERE sum(a) > 1
SELECT a FROM t GROUP BY b
SELECT a, sum(b) FROM t
SELECT t.nosuch FROM t
SELECT u.a FROM t
SELECT a FROM t, t AS t2
SELECT a FROM t ORDER BY 5
SELECT DISTINCT a FROM t ORDER BY b
SELECT (SELECT a FROM t)
SELECT (SELECT a, b FROM t)
SELECT a FROM t UNION SELECT a, b FROM t
SELECT a FROM t UNION SELECT s FROM t
SELECT a FROM t LIMIT -1
SELECT row_number() FROM t
SELECT a FROM t WHERE row_number() OVER () = 1
SELECT 'a' || 'b' = 'ab', 1 + 2 * 3 - 4 / 2, 2 + 3 = 5 AND NOT false, - 2 ^ 2, (-2)::float8 ^ 2
SELECT 1::smallint, 'x'::varchar(3), 'xyz'::varchar(2), 'a'::text::varchar
SELECT 99999::smallint
SELECT jsonb_set('{"a": [1, {"b": 2}]}', '{a,1,b}', '"x"'), jsonb_set('{"a": 1}', '{c}', '2'), jsonb_set('{"a": 1}', '{c}', '2', false), jsonb_set('[1,2]', '{-1}', '9'), jsonb_set('[1,2]', '{5}', '9'), jsonb_set('[1,2]', '{-5}', '9'), jsonb_set('{"a": {}}', '{x,y}', '1'), jsonb_set('{}', '{a}', 'null'), jsonb_set('[]', '{0}', '1'), jsonb_set('{"a":1}', '{}', '1'), jsonb_set('{"a":1}', '{a,b}', '1'), jsonb_set('{"a":1}', NULL, '2')
SELECT jsonb_set('1', '{a}', '2')
SELECT jsonb_set('{"a":1}', '{NULL}', '2')
SELECT jsonb_set('[1]', '{x}', '2')
SELECT '{"a": [1, {"b": 2}], "c": 3}'::jsonb #- '{a,1,b}', '[1,2,3]'::jsonb #- '{-1}', '{"a":1}'::jsonb #- '{}', '{"a":1}'::jsonb #- '{x,y}', '{"a":1,"b":2,"c":3}'::jsonb - '{a,c}'::text[], '["a","b",1]'::jsonb - array['a'], jsonb_strip_nulls('{"a":null,"b":{"c":null},"d":[null,{"e":null}]}')
SELECT '1'::jsonb #- '{a}'
SELECT '1'::jsonb - '{a}'::text[]
SELECT * FROM jsonb_each('{"b": {"c": 1}, "a": null, "d": "x"}') WITH ORDINALITY
SELECT key, value || '!' FROM jsonb_each_text('{"b": {"c": 1}, "a": null, "d": "x"}')
SELECT array(SELECT unnest(array[3,1,2]) ORDER BY 1), (SELECT count(*) FROM (SELECT generate_series(1, 4) AS g) q WHERE g > 1)
SELECT unnest(array[3,1,2]) AS x ORDER BY x DESC LIMIT 2
SELECT unnest(array[1]) AS a, array[1] AS b
