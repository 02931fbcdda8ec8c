SELECT * FROM k ORDER BY id
SELECT id, bo, bi FROM k ORDER BY bo NULLS FIRST, bi DESC NULLS LAST, id
SELECT id, d, n FROM k ORDER BY d DESC, n, id
SELECT id, s FROM k ORDER BY s DESC NULLS LAST
SELECT id, by, tz, ts, da FROM k ORDER BY tz, id
SELECT id, iv, js FROM k ORDER BY js DESC, id
SELECT id, ia, ta FROM k ORDER BY ia, id
SELECT id, ta FROM k ORDER BY ta DESC, id
SELECT id, iv FROM k ORDER BY iv, id
SELECT 1 AS "Weird Name", 2 AS "select", 3 AS ÄÖ, 4 AS "a""b"
SELECT E'\x41\u00e4\101'
SELECT 'a' 'b'
SELECT 1e400
SELECT 123456789012345678901234567890
SELECT -0.0, 0.000, -0, 00012
SELECT TRUE, FALSE, NULL, true AND NULL
SELECT 'abc'::varchar(2), CAST('abc' AS varchar), 'abc'::text
SELECT 'abc' || NULL, NULL || 'x', 'a' || 1.50 || true || '2020-01-01'::date
SELECT 'x' || array['a']
SELECT 1 || 2
SELECT 'a' < 'B', 'a' < 'b', 'Z' < 'a', 'ä' > 'z', '' < ' '
SELECT upper('äöüß'), lower('ÄÖÜ'), initcap('élan vital o''neil x-ray')
SELECT length(''), length('日本'), octet_length('日本'), bit_length('ab'), char_length('日本')
SELECT concat(), concat(NULL), concat('a', 1, 2.50, NULL, true, '{1,2}'::int[])
SELECT concat_ws('-', 1, NULL, 'x', ''), concat_ws(NULL, 'a', 'b'), concat_ws('', 'a', 'b'), concat_ws(',')
SELECT format('%s %s %1$s %%', 'a', 'b'), format('%10s|%-10s|', 'a', 'b'), format('%s', NULL)
SELECT chr(65), chr(228), ascii('ä'), ascii('')
SELECT md5('abc'), md5('')
SELECT sha256('abc'::bytea)
SELECT encode('abc'::bytea, 'hex'), encode('\x00ff'::bytea, 'base64'), encode('a\b'::bytea, 'escape'), decode('616263', 'hex'), decode('YWJj', 'base64')
SELECT decode('zz', 'hex')
SELECT convert_from('\x6162'::bytea, 'UTF8'), convert_to('ä', 'UTF8')
SELECT overlay('Txxxxas' placing 'hom' from 2 for 4), overlay('abcdef', 'zz', 3)
SELECT string_to_array('a,b,,c', ',', ''), string_to_array(NULL, ','), string_to_array('abc', NULL), string_to_array('', ',')
SELECT array_to_string(ARRAY[1,2,NULL,4], '-'), array_to_string(ARRAY[1.50,2], ','), array_to_string(ARRAY[true,false], ',')
SELECT split_part('a,b,c', ',', 4), split_part('a,b,c', '', 1), split_part('', ',', 1), split_part('abc', ',', -1)
SELECT split_part('a', ',', 0)
SELECT lpad('abc', 6), rpad('abc', 6, 'xy'), lpad('abc', 2), lpad('abc', 6, ''), rpad('ab', -1)
SELECT trim(both from '  a  '), trim('x' from 'xax'), trim(trailing 'x' from 'axx'), btrim('  a '), ltrim('zzytest', 'xyz'), trim(leading from ' a')
SELECT trim(both 'ab' FROM 'abcba'), trim('  tab	')
SELECT position('b' IN 'abc'), strpos('abc', ''), position('' in ''), strpos('日本語', '語')
SELECT substring('abcdef' FROM 3), substring('abcdef' FOR 2), substring('abcdef', 2, 3), substr('abcdef', -2, 5), substring('abc' from 5), substring('日本語' from 2 for 1)
SELECT substring('abc' from 0 for 2147483647), substr('abc', 2147483647), substr('abc', -2147483648)
SELECT replace('aaa', 'a', 'b'), replace('abc', '', 'x'), replace('abc', 'b', ''), translate('abc', 'ab', 'x')
SELECT repeat('ab', 0), repeat('ab', -1), repeat('', 5), reverse('日本'), left('abc', 0), right('abc', 0), left('abc', 10), right('abc', -10)
SELECT starts_with('abc', 'ab'), 'abc' ^@ 'ab', starts_with('abc', '')
SELECT to_hex(-1), to_hex(255::bigint), to_hex(-1::bigint)
SELECT 'abc' LIKE 'ABC', 'abc' ILIKE 'ABC', 'Äb' ILIKE 'äB', 'a\b' LIKE 'a\\b', 'abc' LIKE '%b%', 'abc' NOT ILIKE '%B%', 'abc' ~~ 'a%', 'abc' !~~ 'a%', 'abc' ~~* 'A%'
SELECT 'abc' LIKE 'ab\'
SELECT 'abc' LIKE '_\_c', 'a_c' LIKE '_\_c', 'abc' LIKE 'a#_c' ESCAPE '#', 'abc' LIKE 'abc' ESCAPE ''
SELECT 'abc' LIKE 'a' ESCAPE 'xx'
SELECT 'abc' LIKE ANY (ARRAY['x%', 'a%']), 'abc' NOT LIKE ALL (ARRAY['x%', 'y%']), 'abc' ILIKE ANY ('{A%,B%}')
SELECT to_char(1234.5, '9,999.99'), to_char(12, '0000'), to_char(-1.5, '999D9'), to_char(0.1, '0.99'), to_char(1234567, 'FM9,999,999')
SELECT to_char(485, '999'), to_char(1, 'FM000'), to_char(12.345, 'FM99.99'), to_char(-5, 'S99'), to_char(5, 'MI9'), to_char(1234, 'FM9G999'), to_char(0, '9.99'), to_char(1e3::float8, '9999.0')
SELECT to_char(interval '15h 2m 12s', 'HH24:MI:SS'), to_char('2020-05-07 13:04:05'::timestamp, 'YYYY"year"MM'), to_char('2020-05-07'::date, 'YYYY-MM-DD'), to_char('2020-05-07'::date, 'Dy, DD Mon YYYY')
SELECT to_char('2020-05-07 13:04:05.678901+00'::timestamptz, 'YYYY-MM-DD"T"HH24:MI:SS.US TZ'), to_char('2020-05-07 03:04:05'::timestamp, 'HH:MI:SS am'), to_char('2020-05-07'::timestamp, 'MONTH month Month MON mon'), to_char('2020-05-07'::timestamp, 'DAY day Day DY dy')
SELECT to_char('2020-05-07'::timestamp, 'Q WW IW IYYY ID J CC Y YY YYY Y,YYY'), to_char('2020-05-07 00:30'::timestamp, 'HH12 HH24 SSSS SSSSS'), to_char('2020-05-07'::timestamp, 'DDth DDTH FMDDth'), to_char('2020-05-01'::timestamp, 'FMDay, FMDD FMMonth RM rm')
SELECT 7 / 2, -7 / 2, 7 % -2, -7 % 2, 7.0 / 2, 7 / 2.0, 1 / 3.0, 2 / 3::numeric, 10.00 / 3
SELECT 2 ^ 10, 2 ** 3
SELECT 2 ^ 0.5::float8, 4 ^ 0.5, (-8) ^ (1.0/3)
SELECT |/ 25, ||/ 27, @ -5, 5 !
SELECT |/ 25.0, ||/ 27.0, @ -5.5, @ -5
SELECT 5 # 3, ~ 5, 1 << 40, 1::bigint << 40, -8 >> 1, 91 & 15, 32 | 3
SELECT abs(-2147483648)
SELECT abs(-2147483648::bigint), abs(-1.50), abs(NULL::int), sign(0), sign(-5), sign(2.5)
SELECT round(1.5), round(-1.5), round(0.5), round(1.005, 2), round(1234.567, -2), round(1.5::float8), round(-0.5::float8), round(5, -1), round(15, -1)
SELECT round(1.234::float8, 2)
SELECT ceil(1.1), ceil(-1.1), floor(1.9), floor(-1.1), trunc(1.99, 1), trunc(-1.99), ceil(5), floor(5::bigint), trunc(1234.5, -2)
SELECT mod(10, 3), mod(-10, 3), mod(10.5, 3), div(10, 3), div(-10.5, 3), mod(10::bigint, 3)
SELECT mod(10, 0)
SELECT 10.0 % 0
SELECT power(2, 3), power(2, -1), power(0, 0), power(2.5, 2), sqrt(16), sqrt(2.0), cbrt(8), exp(1), exp(1.0), ln(10), ln(10.0), log(100), log(100.0), log(2, 8), log(2.0, 64.0), log10(1000)
SELECT power(0, -1)
SELECT power(-2, 0.5)
SELECT ln(0)
SELECT ln(-1)
SELECT log(0)
SELECT sqrt(-1)
SELECT exp(1000::float8)
SELECT exp(10000.0)
SELECT pi(), sin(1), cos(1), tan(1), cot(1), asin(1), acos(1), atan(1), atan2(1, 2), degrees(1), radians(180)
SELECT asin(2)
SELECT greatest(1, 2.5, 3), least('a', 'b'), greatest(NULL, NULL), greatest(1, NULL), least(NULL, 'x'), greatest('2020-01-01'::date, '2021-01-01')
SELECT greatest(1, 'a')
SELECT coalesce(NULL, NULL), coalesce(1, 2.5), coalesce(NULL, 'x'), coalesce(NULL::int, 5)
SELECT coalesce(1, 'x')
SELECT nullif(1, 1), nullif(1, 2), nullif('a', 'a'), nullif(1, 1.0), nullif(NULL, 1)
SELECT nullif(1, 'a')
SELECT CASE 1 WHEN 1 THEN 'one' WHEN 2 THEN 'two' END, CASE WHEN NULL THEN 1 ELSE 2 END, CASE WHEN false THEN 1 END, CASE NULL WHEN NULL THEN 1 ELSE 2 END
SELECT CASE WHEN true THEN 1 WHEN 1/0 = 1 THEN 2 END
SELECT CASE 1 WHEN 'a' THEN 1 END
SELECT CASE WHEN id = 1 THEN 'a' WHEN id = 2 THEN 5 END FROM k
SELECT CASE WHEN id > 2 THEN bi ELSE n END FROM k
SELECT 1/0
SELECT 1/0.0
SELECT 1/0::float8
SELECT 0::float8/0
SELECT 2147483647 + 1
SELECT -2147483648 - 1
SELECT 2147483647 * 2
SELECT 9223372036854775807 + 1
SELECT 9223372036854775807 * 9223372036854775807
SELECT -(-2147483648)
SELECT (-9223372036854775808) / -1
SELECT 9223372036854775808
SELECT -9223372036854775808
SELECT 32767::smallint + 1
SELECT 1e308::float8 * 10, 1
SELECT 'Infinity'::float8 - 'Infinity'::float8, 'Infinity'::float8 * 0
SELECT 'Infinity'::numeric, '-inf'::numeric, 'nan'::numeric, 'Infinity'::numeric - 'Infinity'::numeric
SELECT 1e-400::float8
SELECT '1e400'::float8
SELECT 0.1 + 0.2, 0.1::float8 + 0.2::float8, 1.1 * 1.1, 3.0 * 2, 1.000 - 1, 5.0 / 3, 100.0 / 3.00
SELECT 1::float8, 1.0::float8, 1e21::float8, 1e-7::float8, 123456789012345680::float8, 0.1::float8, (1.0/3)::float8, -0.0::float8
SELECT 12345.6789::numeric(6, 1), 99.99::numeric(3, 1), 0.001::numeric(5, 2), 1234::numeric(5, -2)
SELECT 12345.6789::numeric(5, 2)
SELECT 1::numeric(0)
SELECT '  42  '::int, '4_2'::int
SELECT ''::int
SELECT '4 2'::int
SELECT '1e2'::int
SELECT '1e2'::numeric::int, '0x1F'::int
SELECT 'abc'::numeric
SELECT 'abc'::float8
SELECT '12abc'::bigint
SELECT '9223372036854775808'::bigint
SELECT 'yes'::bool, 'no'::bool, 'on'::bool, 'off'::bool, '1'::bool, '0'::bool, 'TRUE'::bool, ' f '::bool, 'tr'::bool, 'y'::bool
SELECT 'o'::bool
SELECT ''::bool
SELECT 1::bool, 0::bool, true::int, 5::bool
SELECT 1.0::bool
SELECT 1::bigint::bool
SELECT true::text, false::varchar, true || ''
SELECT 1.5::int, 2.5::int, -2.5::int, 2.5::float8::int, 3.5::float8::int, 1e10::float8::bigint, 0.5::numeric::int
SELECT 1e10::float8::int
SELECT 'NaN'::float8::int
SELECT 'NaN'::numeric::int
SELECT 1e30::numeric::bigint
SELECT 'NaN'::float8::numeric, 1e20::float8::numeric, 0.1::float8::numeric, 123456.789::float8::numeric, 1e-10::float8::numeric
SELECT 1::text::int, 1.50::numeric::text, 1e3::text, 1e-10::numeric::text
SELECT '2020-01-01'::text::date
SELECT CAST('2020-01-01' AS date), date '2020-01-01', timestamp '2020-01-01 10:00', timestamptz '2020-01-01 10:00+02', interval '1 day', numeric '1.50', integer '5', bool 't', text 'x'
SELECT int '5', float8 '1.5', jsonb '{"a":1}', bytea '\x00', bigint '7'
SELECT '2020-01-31'::date + 1, 1 + '2020-01-31'::date, '2020-01-31'::date - 1, '2020-03-01'::date - '2020-02-01'::date
SELECT '2020-01-31'::date + interval '1 month', '2020-01-31'::timestamp + interval '1 month', '2020-03-31'::timestamptz - interval '1 month', interval '1 day' + '2020-01-31'::date
SELECT '2020-01-31'::date + '1 month'
SELECT '2020-01-31' + interval '1 month'
SELECT '2020-01-31'::date - '2020-01-01'
SELECT '2020-01-31'::date + '2020-01-31'::date
SELECT '2020-01-01'::timestamp - '2019-12-31 12:00'::timestamp, '2020-01-01'::timestamptz - '2019-12-31 12:00'::timestamptz, '2020-01-01'::timestamp - '2019-12-31'::date, '2020-01-01'::date - '2019-12-31 01:00'::timestamp
SELECT age('2020-01-01'::timestamp, '2018-11-15'::timestamp), age('2020-03-31'::date, '2020-02-29'::date), age('2018-11-15'::timestamptz, '2020-01-01 10:00'::timestamptz)
SELECT date_part('year', '2020-05-07'::date), date_part('epoch', '2020-05-07 00:00:00.5+00'::timestamptz), date_part('dow', '2020-05-07'::timestamp), date_part('day', interval '3 days 5 hours')
SELECT extract(year from '2020-05-07'::date), extract(epoch from '2020-05-07 00:00:00.5'::timestamp), extract(second from '2020-05-07 00:00:01.25'::timestamp), extract(microseconds from interval '1.5 s'), extract(timezone from '2020-05-07'::timestamptz)
SELECT extract(epoch from interval '1 year'), extract(epoch from interval '1 month 1 day'), extract(year from interval '25 months'), extract(month from interval '25 months'), extract(hour from interval '36 hours'), extract(millennium from '2001-01-01'::date), extract(week from '2020-12-31'::date), extract(isoyear from '2021-01-03'::date)
SELECT extract(epoch from '2020-01-01'::date), extract('year' from '2020-01-01'::date), extract(YEAR from '2020-01-01 00:00+00'::timestamptz)
SELECT extract(foo from '2020-01-01'::date)
SELECT extract(hour from '2020-01-01'::date)
SELECT date_trunc('day', '2020-05-07 13:04:05'::timestamp), date_trunc('day', '2020-05-07 13:04:05+00'::timestamptz), date_trunc('month', '2020-05-07'::date), date_trunc('year', '2020-05-07'::timestamp), date_trunc('week', '2020-05-10'::timestamp), date_trunc('DECADE', '2020-05-07'::timestamp), date_trunc('milliseconds', '2020-05-07 13:04:05.678901'::timestamp), date_trunc('month', interval '1 year 2 months 3 days')
SELECT date_trunc('day', '2020-05-07')
SELECT date_trunc('day', '2020-05-07 13:00+00'::timestamptz, 'UTC')
SELECT date_bin('15 minutes', '2020-02-11 15:44:17'::timestamp, '2001-01-01'::timestamp), date_bin('1 day', '2020-02-11 15:44:17+00'::timestamptz, '2001-01-01 00:02:30+00'::timestamptz)
SELECT date_bin('1 month', '2020-02-11'::timestamp, '2001-01-01'::timestamp)
SELECT make_date(2020, 1, 31), make_timestamp(2020, 1, 31, 10, 20, 30.5), make_interval(1, 2, 3, 4, 5, 6, 7.5), make_interval(days => 10), make_timestamptz(2020, 1, 31, 10, 20, 30)
SELECT make_date(2020, 2, 31)
SELECT make_date(-44, 3, 15)
SELECT make_interval(days => 10, hours => 2)
SELECT to_timestamp(1588856645), to_timestamp(1588856645.123), to_timestamp(0)
SELECT justify_days(interval '35 days'), justify_hours(interval '27 hours'), justify_interval(interval '1 month -1 hour')
SELECT isfinite('2020-01-01'::date), isfinite('infinity'::timestamp), isfinite(interval '1 day')
SELECT '2020-01-01'::date = '2020-01-01 00:00'::timestamp, '2020-01-01'::date < '2020-01-01 00:00+01'::timestamptz, '2020-01-01' = '2020-01-01'::date, '2020-01-01'::date BETWEEN '2019-12-31' AND '2020-01-02'
SELECT '2020-01-01 10:00:00'::timestamp::date, '2020-01-01 10:00+02'::timestamptz::date, '2020-01-01'::date::timestamp, '2020-01-01'::date::timestamptz, '2020-01-01 10:00+02'::timestamptz::timestamp, '2020-01-01 10:00'::timestamp::timestamptz, '2020-01-01 10:00'::timestamp::text
SELECT '2020-01-01 10:00:00.123456'::timestamp(3), '2020-01-01 10:00:00.999999'::timestamp(0), '2020-01-01 10:00:00.5+00'::timestamptz(0), interval '1.23456 s'
SELECT '1 day 25 hours'::interval, '1 mon -1 day'::interval, '-1 year'::interval, '1 year -1 mon'::interval, '100 hours'::interval, '1.5 years'::interval, '1 decade'::interval, '1 century 2 weeks'::interval, '@ 1 minute'::interval, '1:30'::interval, '1:02:03'::interval, '-1:30'::interval, '1 2:03'::interval, '1h30m'::interval, '1 sec'::interval, '1 ms'::interval, '5 us'::interval
SELECT 'PT1H30M'::interval, 'P1Y2M10DT2H30M'::interval, 'P0001-02-03T04:05:06'::interval, 'P1W'::interval, '-P1D'::interval, 'PT-1H'::interval, 'P1.5D'::interval
SELECT '1 foo'::interval
SELECT ''::interval
SELECT interval '1 day' * 2, interval '1 month' * 1.5, interval '1 day' / 3, interval '1 hour' * -1, 2 * interval '1 day', interval '1 day' - interval '1 hour', -interval '1 day', +interval '1 day'
SELECT interval '1 day' / 0
SELECT interval '1 day' = interval '24 hours', interval '1 month' > interval '30 days', interval '1 month' = interval '30 days', interval '1 year' < interval '366 days'
SELECT interval '1' day, interval '2' hour, interval '1-2' year to month, interval '5' minute, interval '1 2:03:04' day to second
SELECT '2020-02-29'::date + interval '1 year', '2020-01-31'::timestamp + interval '1 month' + interval '1 month', '2020-01-31'::timestamp + interval '2 months'
SELECT '2020-02-30'::date
SELECT '2020-13-01'::date
SELECT 'foo'::timestamp
SELECT '2020-01-01 25:00'::timestamp
SELECT '2020-01-01 24:00'::timestamp, '2020-01-01 23:59:60'::timestamp
SELECT '2020-01-01 10:60'::timestamp
SELECT 'epoch'::timestamp, 'infinity'::timestamp, '-infinity'::date, 'infinity'::date > '9999-12-31'::date
SELECT timezone('UTC', '2020-07-01 10:00+00'::timestamptz)
SELECT '2020-01-01'::date AT TIME ZONE 'UTC'
SELECT '4713-01-01 BC'::date, '5874897-12-31'::date, '0001-01-01'::date - 1, '0001-12-31 BC'::date
SELECT '5874898-01-01'::date
SELECT '294277-01-01'::timestamp
SELECT generate_series('2020-01-01'::timestamp, '2020-01-03', '1 day')
SELECT * FROM generate_series('2020-01-01'::date, '2020-01-03'::date, interval '1 day') AS d
SELECT * FROM generate_series(1, 5, 2), generate_series(3, 1, -1) AS g(x)
SELECT * FROM generate_series(1, 3, 0)
SELECT * FROM generate_series(1.0, 2.0, 0.5)
SELECT g, g * g AS sq FROM generate_series(1::bigint, 3) g ORDER BY g DESC
SELECT id, tz, ts, tz = ts AT TIME ZONE 'UTC' FROM k ORDER BY id
SELECT id, da + 1, da - '2000-01-01'::date, da + iv, ts - iv, tz + iv FROM k WHERE id IN (1, 3, 4, 5) ORDER BY id
SELECT id, da + 1 FROM k WHERE id = 2
SELECT da - '2000-01-01'::date FROM k WHERE id = 2
SELECT id, extract(year from tz), extract(dow from ts), extract(epoch from iv), date_trunc('hour', tz) FROM k WHERE id <> 2 ORDER BY id
SELECT extract(year from 'infinity'::timestamp), extract(dow from 'infinity'::timestamp), extract(epoch from '-infinity'::date), date_trunc('day', 'infinity'::timestamp)
SELECT id, age(ts, '2000-01-01') FROM k WHERE id <> 2 ORDER BY id
SELECT min(tz), max(tz), min(ts), max(ts), min(da), max(da), min(iv), max(iv), count(iv) FROM k
SELECT sum(iv), avg(iv) FROM k
SELECT '{"a": {"b": [1, 2, {"c": "x"}]}}'::jsonb -> 'a' -> 'b' -> 2 ->> 'c', '{"a": {"b": [1, 2]}}'::jsonb #> '{a,b}', '{"a": {"b": [1, 2]}}'::jsonb #>> '{a,b,-1}', '{"a": 1}'::jsonb -> 'b', '[1,2,3]'::jsonb -> 5, '{"a": 1}'::jsonb -> 0, '[1]'::jsonb -> 'a'
SELECT '{"a": 1}' -> 'a'
SELECT '{"a": 1}'::jsonb -> 'a' + 1
SELECT ('{"a": 1}'::jsonb -> 'a')::int + 1, ('{"a": "1"}'::jsonb ->> 'a')::int, ('{"a": true}'::jsonb -> 'a')::bool, ('{"a": 1.5}'::jsonb -> 'a')::numeric, ('{"a": 1.5}'::jsonb -> 'a')::float8, ('{"a": 1.5}'::jsonb -> 'a')::int, ('{"a": 12345678901}'::jsonb -> 'a')::bigint
SELECT ('{"a": "1"}'::jsonb -> 'a')::int
SELECT ('{"a": null}'::jsonb -> 'a')::int
SELECT ('{"a": [1]}'::jsonb -> 'a')::numeric
SELECT '{a:1}'::jsonb
SELECT ''::jsonb
SELECT '{"a":1,}'::jsonb
SELECT '[1,2'::jsonb
SELECT '"abc'::jsonb
SELECT '01'::jsonb
SELECT '1 2'::jsonb
SELECT '"\u0000"'::jsonb
SELECT '"\ud83d\ude00"'::jsonb, '"\/"'::jsonb, '1.0'::jsonb, '1e5'::jsonb, '1E-5'::jsonb, '-0'::jsonb, '100000000000000000000.000'::jsonb, ' [ 1 , 2 ] '::jsonb
SELECT '"\ud83d"'::jsonb
SELECT '{"b":1,"a":2,"a":3,"aa":4}'::jsonb, '{}'::jsonb, '[]'::jsonb, '{"":1}'::jsonb, '{"a":{"z":1,"y":[{"k":"v"}]}}'::jsonb
SELECT '{"a":1}'::jsonb @> '{"a":1}', '{"a":1}' <@ '{"a":1,"b":2}'::jsonb, '{"a":[1,2]}'::jsonb @> '{"a":[2]}', '[1,2]'::jsonb @> '1', '{"a":1}'::jsonb ? 'a', '["a","b"]'::jsonb ?| array['b','c'], '{"a":1}'::jsonb ?& array['a','b'], '"a"'::jsonb ? 'a'
SELECT '{"a":1}'::jsonb || '{"a":2,"b":3}', '[1]'::jsonb || '[2]', '[1]'::jsonb || '2', '{"a":1}'::jsonb || '[1]', '1'::jsonb || '2', '{"a":1}'::jsonb || NULL
SELECT '{"a":1}'::jsonb || '1'
SELECT '{"a":1,"b":2}'::jsonb - 'a', '{"a":1,"b":2}'::jsonb - '{a,b}'::text[], '["a","b","a"]'::jsonb - 'a', '[1,2,3]'::jsonb - -1, '[1,2]'::jsonb - 5, '{"a":{"b":1}}'::jsonb #- '{a,b}'
SELECT '{"a":1}'::jsonb - 1
SELECT '1'::jsonb - 'a'
SELECT jsonb_typeof('{}'), jsonb_typeof('[]'), jsonb_typeof('1.5'), jsonb_typeof('"s"'), jsonb_typeof('true'), jsonb_typeof('null'), jsonb_typeof(NULL)
SELECT jsonb_array_length('[1,2,3]'), jsonb_array_length('[]')
SELECT jsonb_array_length('1')
SELECT jsonb_build_object('a', 1, 'b', ARRAY[1,2], 'c', NULL, 'd', '2020-01-01'::date, 'e', 1.50, 'f', true, 'g', '{"x":1}'::jsonb), jsonb_build_object()
SELECT jsonb_build_object('a')
SELECT jsonb_build_object(NULL, 1)
SELECT jsonb_build_object(1, 2, true, 3)
SELECT jsonb_build_array(), jsonb_build_array(1, 'x', NULL, ARRAY['a'], interval '1 day', 1.5::float8, 'NaN'::float8)
SELECT to_jsonb('a')
SELECT jsonb_pretty('{"a":[1,{"b":2}],"c":{}}')
SELECT jsonb_insert('{"a":1}', '{a}', '2')
SELECT jsonb_strip_nulls('{"a":null,"b":[null,{"c":null}]}'), jsonb_extract_path('{"a":{"b":[5]}}', 'a', 'b', '0'), jsonb_extract_path_text('{"a":{"b":"x"}}', 'a', 'b')
SELECT * FROM jsonb_array_elements('[1,"a",null,{"b":1}]')
SELECT * FROM jsonb_array_elements_text('[1,"a",null,{"b":1}]') WITH ORDINALITY AS e(v, n)
SELECT * FROM jsonb_object_keys('{"b":1,"a":2}')
SELECT * FROM jsonb_each('{"a":1,"b":"x"}')
SELECT * FROM jsonb_each_text('{"a":1,"b":"x"}') AS e(k, v)
SELECT * FROM jsonb_array_elements('{"a":1}')
SELECT * FROM jsonb_array_elements('1')
SELECT * FROM jsonb_object_keys('[1]')
SELECT jsonb_array_elements('[1,2]'), 5 AS x
SELECT jsonb_object_keys('{"a":1}')
SELECT id, js -> 'a' -> 0, js ->> 't', js #>> '{a,2,b}', js @> '{"t":"x"}', jsonb_typeof(js), js = 'null', js IS NULL FROM k ORDER BY id
SELECT '{"a":1}'::jsonb = '{"a":1.0}', '{"a":1}'::jsonb < '{"b":1}', '[1,2]'::jsonb < '[1,2,3]', '1'::jsonb < '"a"', 'null'::jsonb < '1', '{"a":1}'::jsonb <> '[]', 'true'::jsonb > 'false', '{"a":2}'::jsonb > '{"b":1}'
SELECT jsonb_agg(js ORDER BY id), jsonb_agg(iv ORDER BY id), jsonb_agg(by ORDER BY id) FROM k WHERE id < 5
SELECT jsonb_agg(d ORDER BY id), jsonb_agg(n ORDER BY id), jsonb_agg(tz ORDER BY id), jsonb_agg(ts ORDER BY id), jsonb_agg(da ORDER BY id), jsonb_agg(ia ORDER BY id), jsonb_agg(ta ORDER BY id) FROM k
SELECT jsonb_object_agg(id, s) FROM k
SELECT jsonb_object_agg(s, id) FROM k
SELECT '{"a":1}'::jsonb['a'], ('{"a":[1,2]}'::jsonb)['a'][1], js['t'] FROM k WHERE id = 1
SELECT '{"a":"x"}'::jsonb::text, '{"a":1}'::text::jsonb, '"x"'::jsonb::text, '[1]'::jsonb || to_jsonb(2)
SELECT '{"a":1}'::jsonb::int
SELECT 5::jsonb
SELECT 'x'::text::jsonb
SELECT true::jsonb
SELECT ARRAY[1,2,3], ARRAY['a','b'], ARRAY[NULL], ARRAY[1,NULL], ARRAY[1.5,2], ARRAY[true], ARRAY['2020-01-01'::date], ARRAY[]::text[]
SELECT ARRAY[]
SELECT ARRAY[1,'x']
SELECT ARRAY[1,2,3][2], (ARRAY[1,2,3])[0], (ARRAY[1,2,3])[-1], (ARRAY[1,2,3])[2:], (ARRAY[1,2,3])[:2], (ARRAY[1,2,3])[5:6], (ARRAY[1,2,3])[NULL], ('{a,b}'::text[])[1]
SELECT array_length(ARRAY[1,2], 1), array_length(ARRAY[1,2], 2), array_length('{}'::int[], 1), cardinality('{}'::int[]), array_ndims(ARRAY[1]), array_dims(ARRAY[1,2]), array_lower(ARRAY[1], 1), array_upper(ARRAY[1,2], 1)
SELECT array_append(ARRAY[1], 2), array_prepend(0, ARRAY[1]), array_cat(ARRAY[1], ARRAY[2]), array_remove(ARRAY[1,2,1], 1), array_replace(ARRAY[1,2,1], 1, 9), array_position(ARRAY[5,6,7], 6), array_positions(ARRAY[1,2,1], 1), array_append(NULL, 1), array_fill(7, ARRAY[3]), trim_array(ARRAY[1,2,3], 1)
SELECT ARRAY[1,2] || 3, 0 || ARRAY[1,2], ARRAY[1] || ARRAY[2], ARRAY[1] || NULL, NULL || ARRAY[1], ARRAY['a'] || 'b'
SELECT ARRAY['a'] || 'b'::text, ARRAY[1] || '{2,3}', '{}'::text[] || ARRAY['x']
SELECT ARRAY[1,2] @> ARRAY[1], ARRAY[1] <@ ARRAY[1,2], ARRAY[1,2] && ARRAY[2,3], ARRAY[1,2] = ARRAY[1,2], ARRAY[1,2] < ARRAY[1,3], ARRAY[1] <> ARRAY[2], ARRAY[NULL]::int[] = ARRAY[NULL]::int[], ARRAY[1,NULL] @> ARRAY[NULL]::int[]
SELECT 1 = ANY(ARRAY[1,2]), 1 = ALL(ARRAY[1,1]), 5 > ALL(ARRAY[1,2]), 5 <> ANY(ARRAY[5]), NULL = ANY(ARRAY[1]), 1 = ANY(NULL::int[]), 1 = ANY('{}'), 1 = ANY('{1,2}'), 'a' LIKE ANY(ARRAY['a%'])
SELECT 1 = ANY(5)
SELECT 1 = ANY(ARRAY['a'])
SELECT id = SOME (ARRAY[1, 2]) FROM k ORDER BY id
SELECT unnest(ARRAY[1,2,3])
SELECT unnest(ARRAY['a','b']) AS x, id FROM k WHERE id < 3 ORDER BY 2, 1
SELECT * FROM unnest(ARRAY[1,2]) WITH ORDINALITY
SELECT * FROM unnest(ARRAY[1,2]) AS u, unnest(ARRAY['x']) AS v
SELECT id, x FROM k, unnest(ia) AS x ORDER BY id, x
SELECT id, x, o FROM k LEFT JOIN LATERAL unnest(ta) WITH ORDINALITY AS u(x, o) ON true ORDER BY id, o
SELECT '{1,a}'::int[]
SELECT '{1'::int[]
SELECT '1,2'::int[]
SELECT '{1,,2}'::int[]
SELECT ARRAY[1,2]::text, ARRAY[1,2]::bigint[], ARRAY[1.5,2.5]::int[], ARRAY['1','2']::int[], ARRAY[1,2]::text[], '{1.5}'::numeric[]::int[]
SELECT ARRAY['x']::int[]
SELECT string_to_array('1,2,3', ',')::int[], array_to_string(string_to_array('a b', ' '), '+')
SELECT array_agg(id ORDER BY id), array_agg(s ORDER BY id), array_agg(DISTINCT bo), array_agg(bo ORDER BY bo NULLS FIRST, id) FROM k
SELECT ARRAY(SELECT id FROM k ORDER BY id DESC), ARRAY(SELECT id FROM k WHERE false), ARRAY(SELECT s FROM k ORDER BY id)
SELECT id, ia[1], ia[1:2], cardinality(ta), ta[2], 'a' = ANY(ta), ta @> '{a}' FROM k ORDER BY id
SELECT '\x4142'::bytea, '\101\102'::bytea, 'abc'::bytea, length('\x414243'::bytea), '\x41'::bytea || 'b', substring('\x414243'::bytea from 2 for 1), get_byte('\x4142'::bytea, 1), position('\x42'::bytea in '\x4142'::bytea), '\x41'::bytea < '\x42'::bytea
SELECT '\x4'::bytea
SELECT '\xzz'::bytea
SELECT 'a\b'::bytea
SELECT by::text, by = 'abc', octet_length(by), length(by) FROM k ORDER BY id
SELECT count(*), count(1), count(a), count(DISTINCT a), sum(a), sum(b), sum(d), sum(n), avg(a), avg(d), avg(n), min(a), max(s), min(w) FROM t
SELECT sum(bi), avg(bi), sum(i), avg(i), sum(n), avg(n), sum(d), avg(d) FROM k
SELECT sum(bi), avg(bi), sum(i), avg(i), sum(n), avg(n) FROM k WHERE id IN (1, 4, 5)
SELECT sum(d), avg(d) FROM k WHERE id IN (1, 5)
SELECT bool_and(bo), bool_or(bo), every(bo), min(bi), max(bi), min(n), max(n), min(d), max(d) FROM k
SELECT min(bo) FROM k
SELECT max(by) FROM k
SELECT max(js) FROM k
SELECT min(ia), max(ta) FROM k
SELECT min(s), max(s), min(iv), max(da) FROM k
SELECT sum(s) FROM k
SELECT sum('1')
SELECT avg(bo) FROM k
SELECT count() FROM t
SELECT count(a, b) FROM t
SELECT sum(*) FROM t
SELECT stddev(a), stddev_pop(a), stddev_samp(a), variance(a), var_pop(a), var_samp(a) FROM t
SELECT stddev(b), variance(n), stddev(n), var_pop(n), stddev_pop(n) FROM t
SELECT stddev(d) FROM t
SELECT b, stddev(a), variance(a) FROM t GROUP BY b ORDER BY b
SELECT stddev(a) FROM t WHERE false
SELECT variance(a) FROM t WHERE a = 1
SELECT var_pop(a) FROM t WHERE a = 1
SELECT stddev(iv) FROM k
SELECT bit_and(a), bit_or(a), bit_xor(a) FROM t
SELECT mode() WITHIN GROUP (ORDER BY a) FROM t
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY d) FROM t WHERE d <> 'NaN'
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY a) FROM t
SELECT string_agg(s, ',') FROM t WHERE s = 'a'
SELECT string_agg(s, ',' ORDER BY s DESC), string_agg(DISTINCT s, ';' ORDER BY s), string_agg(s, NULL ORDER BY s), string_agg(s, b::text ORDER BY s, b) FROM t
SELECT string_agg(a, ',') FROM t
SELECT string_agg(s) FROM t
SELECT string_agg(DISTINCT s, ',' ORDER BY a) FROM t
SELECT array_agg(DISTINCT a ORDER BY a DESC), array_agg(a ORDER BY a, b) FILTER (WHERE b = 1), array_agg(DISTINCT s) FROM t
SELECT count(*) FILTER (WHERE a > 1), sum(a) FILTER (WHERE false), count(DISTINCT a) FILTER (WHERE b = 1), avg(DISTINCT a) FROM t
SELECT lower(s) FILTER (WHERE true) FROM t
SELECT a, count(*) FROM t GROUP BY a ORDER BY count(*) DESC, a
SELECT a, count(*) AS c FROM t GROUP BY a ORDER BY c DESC, a NULLS FIRST
SELECT a AS x, sum(b) FROM t GROUP BY x ORDER BY x
SELECT a + 1 AS x, sum(b) FROM t GROUP BY a + 1 ORDER BY 1
SELECT a + 1, a + 1 + sum(b) FROM t GROUP BY a + 1 ORDER BY a + 1
SELECT a FROM t GROUP BY a HAVING count(*) > 1 ORDER BY a
SELECT a, b FROM t GROUP BY 1, 2 ORDER BY 1, 2
SELECT a, b, count(*) FROM t GROUP BY (a, b) ORDER BY 1, 2
SELECT a, b, count(*) FROM t GROUP BY ROLLUP (a, b) ORDER BY 1, 2, 3
SELECT a, b, count(*), grouping(a, b) FROM t GROUP BY CUBE (a, b) ORDER BY 4, 1, 2
SELECT a, b, count(*) FROM t GROUP BY GROUPING SETS ((a), (b), ()) ORDER BY 1, 2, 3
SELECT a, b, grouping(a), grouping(b), sum(d) FROM t WHERE d <> 'NaN' GROUP BY a, ROLLUP (b) ORDER BY 1, 2, 3, 4
SELECT count(*) FROM t GROUP BY ()
SELECT count(*) FROM t WHERE false GROUP BY ()
SELECT count(*) FROM t WHERE false GROUP BY a
SELECT a, count(*) FROM t GROUP BY 3
SELECT a, count(*) FROM t GROUP BY 2
SELECT a, b FROM t GROUP BY a
SELECT * FROM t GROUP BY a
SELECT a FROM t HAVING a > 1
SELECT sum(a) FROM t HAVING sum(a) > 1000
SELECT 1 HAVING true
SELECT a FROM t WHERE count(*) > 1
SELECT sum(sum(a)) FROM t
SELECT a, sum(b) FROM t GROUP BY a HAVING b > 1
SELECT id, s FROM k GROUP BY id ORDER BY id
SELECT date_trunc('month', w) AS m, count(*) FROM t GROUP BY m ORDER BY m
SELECT extract(year from w), count(*) FROM t GROUP BY 1 ORDER BY 1
SELECT CASE WHEN a > 1 THEN 'big' ELSE 'small' END AS size, count(*) FROM t GROUP BY CASE WHEN a > 1 THEN 'big' ELSE 'small' END ORDER BY size
SELECT a IS NULL, count(*) FROM t GROUP BY a IS NULL ORDER BY 1
SELECT d, count(*) FROM t GROUP BY d ORDER BY d
SELECT n, count(*) FROM t GROUP BY n ORDER BY n
SELECT DISTINCT a, b FROM t ORDER BY a DESC, b
SELECT DISTINCT a FROM t ORDER BY a NULLS FIRST
SELECT DISTINCT ON (a) a, b, s FROM t ORDER BY a, b DESC NULLS LAST, s
SELECT DISTINCT a + 1 FROM t ORDER BY a + 1
SELECT DISTINCT a FROM t ORDER BY a + 1
SELECT count(*) FROM (SELECT DISTINCT a, b FROM t) x
SELECT a, row_number() OVER (ORDER BY a, b, s, d) FROM t ORDER BY 2
SELECT a, rank() OVER (ORDER BY a), dense_rank() OVER (ORDER BY a), percent_rank() OVER (ORDER BY a), cume_dist() OVER (ORDER BY a) FROM t ORDER BY a, 2
SELECT b, a, sum(a) OVER (PARTITION BY b ORDER BY a, s), count(*) OVER (PARTITION BY b) FROM t ORDER BY b, a, s
SELECT a, lag(a) OVER (ORDER BY a, s, b), lead(a, 1, 0) OVER (ORDER BY a, s, b), first_value(a) OVER (ORDER BY a, s, b), last_value(a) OVER (ORDER BY a, s, b), nth_value(a, 2) OVER (ORDER BY a, s, b) FROM t ORDER BY a, s, b
SELECT a, sum(a) OVER (ORDER BY a ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM t WHERE a IS NOT NULL ORDER BY a, 2
SELECT a, avg(d) OVER w, stddev(a) OVER w FROM t WHERE d <> 'NaN' WINDOW w AS (PARTITION BY b) ORDER BY a, 2
SELECT ntile(2) OVER (ORDER BY a, s, b), a FROM t ORDER BY 1, 2
SELECT ntile(0) OVER (ORDER BY a) FROM t
SELECT lag(a, -1) OVER (ORDER BY a, s, b) FROM t
SELECT a, sum(count(*)) OVER (ORDER BY a) FROM t GROUP BY a ORDER BY a
SELECT row_number() OVER () FROM t WHERE row_number() OVER () = 1
SELECT rank() FROM t
SELECT sum(a) OVER (ORDER BY row_number() OVER ()) FROM t
SELECT a, row_number() OVER (w ORDER BY b) FROM t WINDOW w AS (PARTITION BY a ORDER BY a)
SELECT a FROM t WINDOW w AS (ORDER BY nosuch)
SELECT a, string_agg(s, ',') OVER (ORDER BY a, s, b) FROM t ORDER BY a, s, b
SELECT a, array_agg(s) OVER (PARTITION BY b ORDER BY s) FROM t ORDER BY b, s
SELECT a, max(a) OVER (), min(a) OVER (PARTITION BY b) FROM t ORDER BY a, b, s
WITH x AS (SELECT 1 AS a), y AS (SELECT a + 1 AS b FROM x) SELECT * FROM x, y
WITH x(p, q) AS (SELECT a, b FROM t) SELECT p, sum(q) FROM x GROUP BY p ORDER BY p
WITH x AS MATERIALIZED (SELECT * FROM t) SELECT count(*) FROM x
WITH x AS NOT MATERIALIZED (SELECT * FROM t) SELECT count(*) FROM x
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT n FROM r ORDER BY n DESC
WITH RECURSIVE r(id, path) AS (SELECT id, name FROM p WHERE parent IS NULL UNION ALL SELECT p.id, r.path || '/' || p.name FROM p JOIN r ON p.parent = r.id) SELECT * FROM r ORDER BY id
WITH RECURSIVE r AS (SELECT * FROM r) SELECT * FROM r
WITH RECURSIVE f(a, b) AS (VALUES (0, 1) UNION ALL SELECT b, a + b FROM f WHERE b < 50) SELECT a FROM f ORDER BY a
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT sum(n) FROM r) SELECT * FROM r
WITH x AS (SELECT 1) SELECT * FROM x AS y(z)
WITH x AS (SELECT 1 AS a) SELECT x.* FROM x WHERE x.a IN (SELECT a FROM x)
WITH x AS (SELECT 1), x AS (SELECT 2) SELECT * FROM x
SELECT * FROM x
SELECT * FROM t AS x(c1, c2) WHERE c1 = 1
SELECT * FROM t AS x(c1, c2, c3, c4, c5, c6, c7)
SELECT x.c1 FROM (SELECT a, b FROM t) AS x(c1, c2) ORDER BY c1
SELECT * FROM (SELECT a FROM t)
SELECT * FROM t, t
SELECT * FROM t JOIN u ON true JOIN p ON p.id = u.a WHERE t.a = 1 AND u.x = 2
SELECT * FROM t JOIN u USING (a) WHERE a = 1
SELECT t.a, u.a, a FROM t LEFT JOIN u USING (a) WHERE b = 1 ORDER BY a, x
SELECT a FROM t JOIN u ON t.a = u.a
SELECT * FROM t JOIN u USING (nosuch)
SELECT * FROM t NATURAL LEFT JOIN u ORDER BY a, x, s, b
SELECT * FROM u NATURAL JOIN p
SELECT * FROM t RIGHT JOIN u USING (a) ORDER BY a, x, s
SELECT u.* FROM t FULL JOIN u USING (a) ORDER BY 1, 2
SELECT x.a, y.x FROM t x INNER JOIN u y ON x.a = y.a AND y.x > 2
SELECT * FROM (t JOIN u USING (a)) AS j WHERE j.a = 1
SELECT * FROM (t CROSS JOIN u) WHERE t.a = 1 AND u.x = 5
SELECT t.a FROM t, LATERAL (SELECT t.a + 1 AS z) l WHERE l.z = 3
SELECT t.a, l.* FROM t CROSS JOIN LATERAL (SELECT u.x FROM u WHERE u.a = t.a ORDER BY u.x LIMIT 1) l ORDER BY 1, 2
SELECT t.a, l.c FROM t LEFT JOIN LATERAL (SELECT count(*) AS c FROM u WHERE u.x > t.a) l ON l.c > 1 ORDER BY 1, 2
SELECT (SELECT a FROM u WHERE x = 5), (SELECT count(*) FROM u), (SELECT NULL)
SELECT (SELECT a FROM u)
SELECT (SELECT a, x FROM u LIMIT 1)
SELECT a FROM t WHERE a = (SELECT a FROM u WHERE x = 100)
SELECT a FROM t WHERE (a, b) = (1, 1)
SELECT a FROM t WHERE ROW(a, b) = ROW(2, 2)
SELECT a FROM t WHERE a IN (1, 2, NULL) ORDER BY a
SELECT a FROM t WHERE a NOT IN (1, NULL)
SELECT a FROM t WHERE a IN ()
SELECT a FROM t WHERE s IN ('a', 'b') AND a BETWEEN 1 AND 2 ORDER BY a
SELECT a FROM t WHERE EXISTS (SELECT * FROM u WHERE u.a = t.a AND u.x = t.b) ORDER BY a
SELECT a FROM t WHERE a > SOME (SELECT x FROM u) ORDER BY a
SELECT a FROM t WHERE a >= ALL (SELECT a FROM u WHERE a IS NOT NULL) ORDER BY a
SELECT a FROM t WHERE a = ANY (SELECT a FROM u) ORDER BY a
SELECT CASE WHEN EXISTS (SELECT 1 FROM u) THEN 'y' ELSE 'n' END
SELECT a, (SELECT string_agg(x::text, ',' ORDER BY x) FROM u WHERE u.a = t.a) FROM t ORDER BY a, 2
SELECT a FROM t ORDER BY (SELECT max(x) FROM u WHERE u.a = t.a), a, b
SELECT a FROM t UNION SELECT a FROM u ORDER BY a
SELECT a, b FROM t UNION ALL SELECT a, x FROM u ORDER BY 1, 2
SELECT a FROM t UNION SELECT a FROM u ORDER BY a + 1
SELECT a FROM t INTERSECT SELECT a FROM u EXCEPT SELECT 1 ORDER BY 1
SELECT a FROM t UNION SELECT 'x'
SELECT 1 UNION SELECT 2.5 UNION SELECT NULL ORDER BY 1
SELECT 'a' UNION SELECT NULL UNION ALL SELECT 'a' ORDER BY 1
SELECT a FROM t UNION SELECT a, b FROM t
SELECT 1 AS x UNION SELECT 2 AS y ORDER BY x
SELECT 1 AS x UNION SELECT 2 AS y ORDER BY y
(SELECT a FROM t ORDER BY a LIMIT 1) UNION ALL (SELECT a FROM u ORDER BY a DESC NULLS LAST LIMIT 1) ORDER BY 1
SELECT a FROM t ORDER BY a LIMIT 2 UNION SELECT 1
SELECT a FROM t ORDER BY a LIMIT 2 OFFSET 1
SELECT a FROM t ORDER BY a OFFSET 2 ROWS FETCH NEXT 2 ROWS ONLY
SELECT a FROM t ORDER BY a FETCH FIRST ROW ONLY
SELECT a FROM t ORDER BY a FETCH FIRST 2 ROWS WITH TIES
SELECT a FROM t FETCH FIRST 2 ROWS WITH TIES
SELECT a FROM t ORDER BY a LIMIT ALL
SELECT a FROM t ORDER BY a LIMIT NULL
SELECT a FROM t ORDER BY a LIMIT 1 + 1
SELECT a FROM t LIMIT 'x'
SELECT a FROM t LIMIT 2.5
SELECT a FROM t OFFSET -1
SELECT a FROM t LIMIT 0
SELECT a, b FROM t ORDER BY a DESC NULLS LAST, b ASC NULLS FIRST, s
SELECT a, b FROM t ORDER BY 2 DESC, 1, s
SELECT a AS z FROM t ORDER BY z DESC
SELECT a AS z FROM t ORDER BY z + 1
SELECT a AS b, b AS a FROM t ORDER BY a, b
SELECT a FROM t ORDER BY b, a, s
SELECT a FROM t ORDER BY upper(s), a, b
SELECT a FROM t ORDER BY 0
SELECT a FROM t ORDER BY 'x'
SELECT a FROM t ORDER BY NULL, a
SELECT a FROM t ORDER BY a IS NULL, a
SELECT t.a FROM t ORDER BY t.a
SELECT t.* FROM t ORDER BY a, b, s, d, n
SELECT "a" FROM "t" ORDER BY "a"
SELECT "A" FROM t
SELECT A, T.A FROM T ORDER BY 1
SELECT t.a AS "T.a" FROM t ORDER BY "T.a"
SELECT a b FROM t ORDER BY b
SELECT a AS value, b year FROM t ORDER BY 1, 2
SELECT count(*) count, max(a) max FROM t
SELECT a FROM t t1 WHERE t.a = 1
SELECT nosuch.a FROM t
SELECT nosuch.* FROM t
SELECT a, FROM t
SELECT FROM t
SELECT a FROM t WHERE
SELEC a FROM t
SELECT a FORM t
SELECT (a FROM t
SELECT "abc
SELECT a FROM t WHERE a = 'x'
SELECT a FROM t WHERE s = 1
SELECT a FROM t WHERE a
SELECT a FROM t WHERE a + 1
SELECT a FROM t WHERE NOT a
SELECT a AND b FROM t
SELECT a + s FROM t
SELECT a || s FROM t WHERE a = 1
SELECT s + 1 FROM t
SELECT -s FROM t
SELECT sum(a, b) FROM t
SELECT upper(a) FROM t
SELECT upper() FROM t
SELECT nosuch(a, s) FROM t
SELECT round(s) FROM t
SELECT length(a) FROM t
SELECT coalesce() FROM t
SELECT a::nosuch FROM t
SELECT a::date FROM t
SELECT CAST(a AS timestamptz) FROM t
SELECT d::bool FROM t
SELECT w::int FROM t
SELECT a = ANY(b) FROM t
SELECT a IN (SELECT a, x FROM u) FROM t
SELECT a IN ('x') FROM t
SELECT a BETWEEN 'x' AND 3 FROM t
SELECT s LIKE 5 FROM t
SELECT a LIKE 'x' FROM t
SELECT date_trunc('month', s) FROM t
SELECT w + 1 FROM t
SELECT w > 5 FROM t
SELECT w > 'x' FROM t
SELECT a ->> 'x' FROM t
SELECT doc ->> 'n' + 1 FROM j
SELECT doc.name FROM j
SELECT doc->name FROM j
SELECT doc->'n'::int FROM j
SELECT doc->>'n' > 1 FROM j
SELECT sum(doc->'n') FROM j
SELECT sum((doc->>'n')::int), avg((doc->'n')::numeric) FROM j
SELECT doc->'items'->0->>'k', doc#>>'{items,1,k}' FROM j ORDER BY 1
SELECT doc->>'name', i->>'k' FROM j, jsonb_array_elements(doc->'items') i ORDER BY 2
SELECT doc->>'name', i FROM j LEFT JOIN jsonb_array_elements(doc->'items') AS i ON true ORDER BY 1, i
SELECT 1 IS DISTINCT FROM NULL, NULL IS NOT DISTINCT FROM NULL, 1 IS DISTINCT FROM 1, (1, NULL) IS DISTINCT FROM (1, NULL)
SELECT NULL = NULL, NULL <> 1, NULL AND false, NULL OR true, NOT NULL, NULL IS NULL, 1 IS NULL, NULL ISNULL, 1 NOTNULL
SELECT (NULL, NULL) IS NULL, (1, NULL) IS NULL, (1, NULL) IS NOT NULL, ROW(1, 2) IS NOT NULL
SELECT true IS TRUE, NULL IS TRUE, false IS NOT FALSE, NULL IS UNKNOWN, true IS NOT UNKNOWN
SELECT 1 IS TRUE
SELECT (1, 2) < (1, 3), (1, NULL) < (1, 3), (1, 2) = (1, 2.0), (1, 'a') <> (1, 'b'), (2, NULL) > (1, 3)
SELECT (1, 2) = (1, 2, 3)
SELECT 1 < 2 < 3
SELECT 1 = 1 = true
SELECT 3 BETWEEN 1 AND 5 AND true, NOT 3 BETWEEN 1 AND 2, 2 BETWEEN SYMMETRIC 3 AND 1, 'b' NOT BETWEEN 'a' AND 'c'
SELECT -2 ^ 2, 2 ^ 3 ^ 2, -3 % 2, 2 + 3 * 4, (2 + 3) * 4, 10 - 4 - 3, 8 / 4 / 2, - - 1, +1
SELECT 1 + 2 AS sum, 'a' AS "from", max(1)
SELECT *, 1 AS one FROM u ORDER BY a, x
SELECT u.*, u.a FROM u ORDER BY a, x
SELECT DISTINCT * FROM u ORDER BY a, x
SELECT ALL a FROM u ORDER BY a
SELECT * FROM u WHERE (a, x) IN ((1, 2), (2, 5)) ORDER BY 1, 2
SELECT * FROM u WHERE (a, x) > (1, 2) ORDER BY 1, 2
SELECT * FROM ONLY u ORDER BY a, x
TABLE u
VALUES (1, 'a'), (2, 'b') ORDER BY 1 DESC
VALUES (1, 'a'), (2)
VALUES (1), ('a')
SELECT * FROM (VALUES (1, 'one'), (2, 'two')) AS v(n, w) ORDER BY n
SELECT v.* FROM (VALUES (1)) v
SELECT column1 FROM (VALUES (1), (2)) v ORDER BY column1
SELECT * FROM (VALUES (1), (NULL), (2.5)) v ORDER BY 1
SELECT 1 AS a, 2 AS a
SELECT a FROM (SELECT 1 AS a, 2 AS a) x
SELECT num_nulls(1, NULL), num_nonnulls(1, NULL)
SELECT exists(SELECT 1), array(SELECT 1), (SELECT 1)
SELECT min(a) AS lo, max(a) - min(a) AS span FROM t GROUP BY b HAVING max(a) - min(a) > 0 ORDER BY span
SELECT b, avg(a)::numeric(10, 2), round(avg(d)::numeric, 2) FROM t WHERE d <> 'NaN' GROUP BY b ORDER BY b
SELECT b, count(*) * 100.0 / sum(count(*)) OVER () AS pct FROM t GROUP BY b ORDER BY b
SELECT a, b, sum(a) OVER (PARTITION BY b ORDER BY a ROWS UNBOUNDED PRECEDING) FROM t WHERE a < 5 ORDER BY b, a, 3
SELECT to_char(w, 'YYYY-MM') AS month, count(*) FROM t GROUP BY 1 ORDER BY 1
SELECT coalesce(s, 'none') AS s, coalesce(sum(a), 0) FROM t GROUP BY s ORDER BY s
SELECT s, coalesce(s, 'none') AS s2 FROM t ORDER BY s2, a, b
SELECT max(length(s)), min(coalesce(length(s), 0)), sum(length(s)) FROM t
SELECT avg(length(s)), sum(a) / count(*), sum(a)::float8 / count(*) FROM t
