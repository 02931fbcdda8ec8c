#include "tests/views_sql/query_kinds.h"

#include <algorithm>
#include <iterator>

namespace laterbase::sql {
namespace {

// Doubles are sums of a few powers of two: their sums don't depend on the order.
constexpr const char* integers[] = {"0", "1", "2", "3", "4", "5", "6", "-1", "2147483647", "-2147483648"};
constexpr const char* bigints[] = {"0", "1", "2", "3", "8", "-7", "9223372036854775807", "-9223372036854775808"};
constexpr const char* reals[] = {"0", "1.5", "2.25", "-3", "100.125", "0.5", "1e10", "7", "'NaN'", "'-0'"};
constexpr const char* numerics[] = {
    "0", "1.0", "1.00", "2.50", "-3.125", "10", "0.001", "7", "'NaN'", "99999999999999.999", "1e-9"};
constexpr const char* texts[] = {"''", "'a'", "'b'", "'ab'", "'Ab'", "'ä'", "'x y'", "'10'", "'a%'", "'zzz'", "'\"'"};
constexpr const char* booleans[] = {"false", "true"};
constexpr const char* dates[] = {"'2024-02-29'", "'2024-01-31'", "'1999-12-31'",
                                 "'2024-12-30'", "'1970-01-01'", "'0099-03-01'"};
constexpr const char* moments[] = {"'2024-02-29 12:34:56.789+00'", "'1969-12-31 23:59:59.5+00'",
                                   "'2024-03-01 00:00:00+00'", "'2000-01-01 01:02:03+02'",
                                   "'2024-02-29 12:34:56.789001+00'"};
constexpr const char* stamps[] = {"'2024-02-29 12:34:56.789'", "'1969-12-31 23:59:59.5'", "'2024-03-01'",
                                  "'2000-01-01 01:02:03'"};
constexpr const char* intervals[] = {"'1 day'", "'36:00'",      "'1 mon'",         "'-1 day'",
                                     "'0'",     "'00:00:01.5'", "'1 year 2 mons'", "'40 days -01:00'"};
constexpr const char* bytes[] = {"'\\x'", "'\\x00'", "'\\x61'", "'\\xff00'", "'\\x6162'"};
constexpr const char* jsons[] = {"'null'",
                                 "'1'",
                                 "'\"a\"'",
                                 "'{}'",
                                 "'[]'",
                                 "'{\"a\": 1}'",
                                 "'{\"a\": {\"b\": \"x\"}, \"c\": [1, 2, \"a\"]}'",
                                 "'[1, \"a\", null, {\"a\": 2.5}]'",
                                 "'{\"a\": null, \"b\": true}'",
                                 "'-3.25'",
                                 "'{\"a\": \"ä\\\\n\"}'"};
constexpr const char* integer_arrays[] = {"'{}'", "'{1}'", "'{1,2,3}'", "'{2,NULL}'", "'{3,3,-1}'"};
constexpr const char* text_arrays[] = {"'{}'", "'{a}'", "'{a,b,a}'", "'{NULL,\"x y\"}'", "'{\"\",\"NULL\",\"a,b\"}'"};
constexpr const char* date_arrays[] = {"'{}'", "'{2024-02-29}'", "'{1999-12-31,NULL,2024-01-31}'"};

constexpr Pattern generic[] = {
    {"COALESCE({=}, {=})"}, {"CASE WHEN {o} THEN {=} ELSE {=} END"},
    {"NULLIF({=}, {=})"},   {"GREATEST({=}, {=})"},
    {"LEAST({=}, {=})"},    {"CASE {i} WHEN 1 THEN {=} WHEN {i} THEN {=} END"},
};
constexpr Pattern of_integer[] = {
    {"length({t})"},
    {"({i} % 5)"},
    {"({i} / 3)"},
    {"strpos({t}, 'a')"},
    {"({d} - DATE '2024-01-01')"},
    {"({i} % 1000 + {i} % 1000)"},
    {"({i} & 6)"},
    {"CAST({o} AS INTEGER)"},
    {"({I})[1]"},
    {"cardinality({I})"},
    {"array_length({T}, 1)"},
    {"array_position({I}, {i})"},
    {"octet_length({x})"},
    {"CAST(EXTRACT(day FROM {m}) AS INTEGER)"},
    {"abs({i} % 100)"},
    {"ascii(chr(1 + abs({i} % 300)))"},
    {"width_bucket({n}, 0, 10, 4)", true},
    {"get_byte({x} || '\\x00', 0)"},
    {"num_nulls({t}, {i}, {d})"},
    {"sign({r})::integer", true},
    {"({i} + {i})", true},
    {"({i} * {i})", true},
    {"({i} / {i})", true},
    {"({i} % {i})", true},
    {"CAST({t} AS INTEGER)", true},
    {"({j} ->> 'a')::integer", true},
    {"({j})::integer", true},
    {"jsonb_array_length({j})", true},
    {"CAST({n} AS INTEGER)", true},
    {"CAST({b} AS INTEGER)", true},
};
constexpr Pattern of_bigint[] = {
    {"({i}::bigint * 3)"},
    {"({i}::bigint + {i})"},
    {"({i}::bigint - 1)"},
    {"CAST({i} AS BIGINT)"},
    {"({b} % 7)"},
    {"({b} / 2)"},
    {"({b} # 5)"},
    {"({b} >> 2)"},
    {"({b} + {b})", true},
    {"({b} * {i})", true},
    {"abs({b})", true},
    {"({b} / {b})", true},
    {"CAST({r} AS BIGINT)", true},
};
constexpr Pattern of_numeric[] = {
    {"round({n}, 1)"},
    {"({n} + {i})"},
    {"({n} * 1.5)"},
    {"({n} / 3)"},
    {"({n} - {b})"},
    {"abs({n})"},
    {"trunc({n}, 2)"},
    {"factorial(abs({i} % 12))"},
    {"floor({n})"},
    {"ceil({n})"},
    {"({n} % 2.5)"},
    {"CAST({b} AS NUMERIC)"},
    {"abs(CAST({b} % 1000 AS NUMERIC(8,2)))"},
    {"EXTRACT(year FROM {d})"},
    {"EXTRACT(epoch FROM {m})"},
    {"EXTRACT(dow FROM {d})"},
    {"EXTRACT(week FROM {s})"},
    {"EXTRACT(hour FROM {v})"},
    {"EXTRACT(milliseconds FROM {m})"},
    {"({n} / {n})", true},
    {"CAST({t} AS NUMERIC)", true},
    {"sqrt({n})", true},
    {"abs(CAST({n} AS NUMERIC(6,2)))", true},
    {"({j} ->> 'a')::numeric", true},
};
constexpr Pattern of_real[] = {
    {"({r} + {i})"},
    {"abs({r})"},
    {"CAST({i} AS DOUBLE PRECISION)"},
    {"({r} * 0.5)"},
    {"(- {r})"},
    {"floor({r})"},
    {"round({r})"},
    {"CAST({b} AS DOUBLE PRECISION)"},
    {"({r} / {r})", true},
    {"sqrt({r})", true},
    {"CAST({t} AS DOUBLE PRECISION)", true},
    {"date_part('hour', {m})"},
};
constexpr Pattern of_text[] = {
    {"upper({t})"},
    {"lower({t})"},
    {"({t} || {t})"},
    {"substr({t}, 2, 2)"},
    {"substring({t} FROM 0 FOR 2)"},
    {"CAST({i} AS TEXT)"},
    {"replace({t}, 'a', 'xy')"},
    {"trim({t})"},
    {"concat({t}, {i}, {o})"},
    {"concat_ws('-', {t}, {d}, {t})"},
    {"left({t}, -1)"},
    {"right({t}, 1)"},
    {"reverse({t})"},
    {"lpad({t}, 3, '*')"},
    {"initcap({t})"},
    {"split_part({t}, ' ', 1)"},
    {"to_char({i}, 'FM999G990')"},
    {"to_char({i}, 'S0000')"},
    {"to_char({b} % 100000, '99999MI')"},
    {"to_char({n}, 'FM9990.099')"},
    {"to_char({r}, '99999.9')"},
    {"to_char({s}, 'FMDay, DDth FMMonth YYYY, CC, Q, RM')"},
    {"md5({t})"},
    {"encode({x}, 'hex')"},
    {"encode(convert_to({t}, 'UTF8'), 'base64')"},
    {"format('%s: %-5s|%2$L', {t}, {i})"},
    {"quote_literal({t})"},
    {"overlay({t} placing {t} from 2 for 1)"},
    {"translate({t}, 'ab', 'x')"},
    {"repeat({t}, 2)"},
    {"CAST({d} AS TEXT)"},
    {"CAST({m} AS TEXT)"},
    {"CAST({o} AS TEXT)"},
    {"CAST({x} AS TEXT)"},
    {"CAST({b} AS TEXT)"},
    {"CAST({I} AS TEXT)"},
    {"CAST({T} AS TEXT)"},
    {"to_char({m}, 'YYYY-MM-DD HH24:MI:SS')"},
    {"to_char({d}, 'Dy DD Mon YYYY')"},
    {"array_to_string({T}, ',', '*')"},
    {"({T})[2]"},
    {"({j} ->> 'a')"},
    {"({j} #>> '{a,b}')"},
    {"({j} ->> 1)"},
    {"({j} -> 'c' ->> 0)"},
    {"jsonb_typeof({j})"},
    {"({t} || {i})"},
    {"lower(CAST({t} AS VARCHAR(2)))"},
    {"substr({t}, {i})", true},
    {"repeat({t}, {i} % 4)"},
};
constexpr Pattern of_date[] = {
    {"({d} + 40)"},
    {"({d} + {i} % 100)"},
    {"CAST({m} AS DATE)"},
    {"CAST({s} AS DATE)"},
    {"({d} - 1)"},
    {"make_date(2024, 1 + abs({i} % 12), 28)"},
    {"({D})[1]"},
    {"CAST(date_trunc('month', {s}) AS DATE)"},
    {"CAST({t} AS DATE)", true},
    {"make_date(2024, {i}, 31)", true},
};
constexpr Pattern of_moment[] = {
    {"({m} + {v})"},
    {"({m} - INTERVAL '1 month')"},
    {"date_trunc('day', {m})"},
    {"date_trunc('week', {m})"},
    {"date_trunc('quarter', {m})"},
    {"CAST({d} AS TIMESTAMPTZ)"},
    {"({s} AT TIME ZONE 'UTC')"},
    {"to_timestamp({i})"},
    {"CAST({t} AS TIMESTAMPTZ)", true},
};
constexpr Pattern of_stamp[] = {
    {"({s} + {v})"},
    {"({d} + {v})"},
    {"date_trunc('hour', {s})"},
    {"date_bin('15 minutes', {s}, TIMESTAMP '2001-01-01')"},
    {"({m} AT TIME ZONE 'UTC')"},
    {"CAST({d} AS TIMESTAMP)"},
    {"CAST({m} AS TIMESTAMP)"},
};
constexpr Pattern of_interval[] = {
    {"({v} + {v})"},
    {"(- {v})"},
    {"({v} * 2)"},
    {"({m} - {m})"},
    {"({s} - {s})"},
    {"({v} - INTERVAL '1 hour')"},
    {"({v} + INTERVAL '3' DAY)"},
    {"make_interval(days => {i} % 100, hours => 5)"},
    {"age({d}, {d})"},
    {"CAST({t} AS INTERVAL)", true},
};
constexpr Pattern of_boolean[] = {
    {"({o} AND {o})"},
    {"({o} OR {o})"},
    {"(NOT {o})"},
    {"({o} IS TRUE)"},
    {"({o} IS NOT FALSE)"},
    {"({o} IS UNKNOWN)"},
    {"({t} LIKE 'a%')"},
    {"({t} NOT LIKE '%b')"},
    {"({t} ILIKE '_b%')"},
    {"starts_with({t}, 'a')"},
    {"({i} = ANY ({I}))"},
    {"({t} <> ALL ({T}))"},
    {"({I} @> {I})"},
    {"({I} && {I})"},
    {"({T} <@ {T})"},
    {"({j} @> '{\"a\": 1}')"},
    {"({j} <@ {j})"},
    {"({j} ? 'a')"},
    {"({j} ?| ARRAY['a', 'b'])"},
    {"({j} ?& {T})"},
    {"(({i}, {t}) = ({i}, {t}))"},
    {"(({i}, {t}) < ({i}, {t}))"},
    {"({d} BETWEEN SYMMETRIC {d} AND {d})"},
    {"({i} < {b})"},
    {"({n} = {i})"},
    {"({r} >= {n})"},
    {"({d} < {m})"},
    {"({m} > {s})"},
    {"CAST({i} AS BOOLEAN)"},
    {"CAST({t} AS BOOLEAN)", true},
};
constexpr Pattern of_bytes[] = {
    {"({x} || {x})"},
    {"sha256({x})"},
    {"substring({x} FROM 2 FOR 1)"},
};
constexpr Pattern of_json[] = {
    {"({j} -> 'a')"},
    {"({j} -> 0)"},
    {"({j} -> -1)"},
    {"({j} #> '{c,1}')"},
    {"jsonb_build_object('k', {i}, 'a', {t}, 'd', {d})"},
    {"jsonb_build_array({i}, {t}, {o}, {j})"},
    {"to_jsonb({t})"},
    {"to_jsonb({I})"},
    {"to_jsonb({m})"},
    {"({j} || {j})"},
    {"jsonb_extract_path({j}, 'a', 'b')"},
    {"jsonb_object({T} || {T})", true},
    {"jsonb_insert({j}, ARRAY['a'], '1')", true},
    {"({j} - 'a')", true},
    {"({j} - 0)", true},
    {"CAST({t} AS JSONB)", true},
};
constexpr Pattern of_integers[] = {
    {"({I} || {i})"},
    {"({i} || {I})"},
    {"({I} || {I})"},
    {"array_remove({I}, {i})"},
    {"array_replace({I}, 1, {i})"},
    {"array_positions({I}, {i})"},
    {"trim_array({I} || 1, 1)"},
    {"ARRAY[{i}, {i}]"},
    {"({I})[2:3]"},
    {"CAST({T} AS INTEGER[])", true},
};
constexpr Pattern of_texts[] = {
    {"string_to_array({t}, ' ')"}, {"ARRAY[{t}, {t}]"},     {"array_append({T}, {t})"},
    {"array_cat({T}, {T})"},       {"CAST({I} AS TEXT[])"},
};
constexpr Pattern of_dates[] = {
    {"ARRAY[{d}]"},
    {"({D} || {d})"},
};

constexpr std::string_view letters = "itbnrodmsvxjITD";

}  // namespace

Kind kind_of_letter(char letter) { return static_cast<Kind>(letters.find(letter)); }

std::string_view type_name(Kind kind) {
  static constexpr const char* names[] = {"INTEGER", "TEXT",  "BIGINT",      "NUMERIC",   "DOUBLE PRECISION",
                                          "BOOLEAN", "DATE",  "TIMESTAMPTZ", "TIMESTAMP", "INTERVAL",
                                          "BYTEA",   "JSONB", "INTEGER[]",   "TEXT[]",    "DATE[]"};
  return names[static_cast<std::size_t>(kind)];
}

std::span<const char* const> literals_of(Kind kind) {
  static const std::span<const char* const> all[] = {integers, texts, bigints,        numerics,    reals,
                                                     booleans, dates, moments,        stamps,      intervals,
                                                     bytes,    jsons, integer_arrays, text_arrays, date_arrays};
  return all[static_cast<std::size_t>(kind)];
}

std::span<const Pattern> patterns_of(Kind kind) {
  static const std::span<const Pattern> all[] = {of_integer, of_text, of_bigint,   of_numeric, of_real,
                                                 of_boolean, of_date, of_moment,   of_stamp,   of_interval,
                                                 of_bytes,   of_json, of_integers, of_texts,   of_dates};
  return all[static_cast<std::size_t>(kind)];
}

std::span<const Pattern> generic_patterns() { return generic; }

std::string QueryWriter::literal(Kind kind) {
  if (chance(12)) return "NULL";
  const auto all = literals_of(kind);
  // The last ones are extreme, and rare.
  const std::size_t usual = std::min<std::size_t>(all.size(), 7);
  return all[chance(8) ? below(all.size()) : below(usual)];
}

std::string QueryWriter::typed_literal(Kind kind) {
  return "CAST(" + literal(kind) + " AS " + std::string(type_name(kind)) + ")";
}

Kind QueryWriter::kind_in(const Columns& columns) {
  return columns.empty() || chance(15) ? any_kind() : columns[below(columns.size())].kind;
}

Kind QueryWriter::any_kind() {
  static constexpr Kind often[] = {Kind::integer, Kind::text,     Kind::integer, Kind::text,     Kind::bigint,
                                   Kind::real,    Kind::numeric,  Kind::boolean, Kind::date,     Kind::moment,
                                   Kind::stamp,   Kind::interval, Kind::json,    Kind::integers, Kind::texts,
                                   Kind::bytes,   Kind::dates,    Kind::json,    Kind::integer,  Kind::numeric};
  return often[below(std::size(often))];
}

}  // namespace laterbase::sql
