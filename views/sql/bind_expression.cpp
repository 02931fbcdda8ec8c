#include "views/sql/bind_expression.h"

#include <algorithm>

#include <charconv>
#include <map>

#include "views/sql/bind_query.h"
#include "views/sql/datetime.h"
#include "views/sql/error.h"

namespace laterbase::sql {

using ivm::Type;
using ivm::TypeKind;
using ivm::Value;

int leftmost_location(const Json& node) {
  int first = node.is_object() ? location_of(node) : -1;
  if (!node.is_structured()) return first;
  for (const Json& child : node) {
    const int inside = leftmost_location(child);
    if (inside >= 0 && (first < 0 || inside < first)) first = inside;
  }
  return first;
}

ExprPtr ExpressionBinder::bind(const Json& node) {
  using Method = ExprPtr (ExpressionBinder::*)(const Json&);
  static const std::map<std::string, Method, std::less<>> methods = {
      {"ColumnRef", &ExpressionBinder::bind_column},
      {"A_Const", &ExpressionBinder::bind_constant},
      {"ParamRef", &ExpressionBinder::bind_parameter},
      {"TypeCast", &ExpressionBinder::bind_cast},
      {"BoolExpr", &ExpressionBinder::bind_boolean},
      {"NullTest", &ExpressionBinder::bind_null_test},
      {"BooleanTest", &ExpressionBinder::bind_boolean_test},
      {"CaseExpr", &ExpressionBinder::bind_case},
      {"CoalesceExpr", &ExpressionBinder::bind_coalesce},
      {"MinMaxExpr", &ExpressionBinder::bind_min_max},
      {"A_ArrayExpr", &ExpressionBinder::bind_array},
      {"A_Indirection", &ExpressionBinder::bind_indirection},
      {"SubLink", &ExpressionBinder::bind_sublink},
      {"SQLValueFunction", &ExpressionBinder::bind_value_function},
      {"A_Expr", &ExpressionBinder::bind_operator},
      {"FuncCall", &ExpressionBinder::bind_call},
      {"GroupingFunc", &ExpressionBinder::bind_grouping},
  };
  const auto method = methods.find(node_kind(node));
  if (method != methods.end()) return (this->*method->second)(node_body(node));
  const int offset = node_location(node);
  if (is_node(node, "RowExpr")) not_supported("a row as a value", offset, "Name its columns one by one.");
  if (is_node(node, "CollateClause")) not_supported("COLLATE", offset, "Text is compared byte by byte.");
  if (is_node(node, "SetToDefault")) throw SqlException("42601", "DEFAULT is not allowed in this context", offset);
  not_supported(std::string(node_kind(node)), offset, "Leave it out.");
}

ExprPtr ExpressionBinder::bind_condition(const Json& node) {
  return coerce_to_boolean(bind(node), clause_, node_location(node));
}

std::vector<ExprPtr> ExpressionBinder::bind_list(const Json& list) {
  std::vector<ExprPtr> exprs;
  for (const Json& node : list) exprs.push_back(bind(node));
  return exprs;
}

ExprPtr ExpressionBinder::bind_column(const Json& body) {
  const Json& fields = list_member(body, "fields");
  const int offset = location_of(body);
  if (is_node(fields.back(), "A_Star")) throw SqlException("42601", "* is not allowed here", offset);
  if (fields.size() > 2) {
    not_supported("a schema in a column's name", offset, "Name the table alone: there is one schema.");
  }
  const std::string name = string_node(fields.back());
  const std::string table = fields.size() == 2 ? string_node(fields.front()) : "";
  if (table.empty() && find_table(level_, name) != nullptr) {
    try {
      return find_column(level_, table, name, offset);
    } catch (const SqlException&) {
      const FromTable& whole = *find_table(level_, name);
      if (whole.is_value) return find_column(level_, name, whole.columns[0].name, offset);
      not_supported("a whole row as a value", offset, "Name its columns.");
    }
  }
  return find_column(level_, table, name, offset);
}

namespace {

// A number that the lexer took for no integer: the smallest of integer, bigint and numeric that holds it.
ExprPtr bind_number(const std::string& digits, int offset) {
  std::int64_t whole = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
  if (error == std::errc() && end == digits.data() + digits.size()) {
    const auto narrow = static_cast<std::int32_t>(whole);
    return narrow == whole ? constant({TypeKind::integer}, Value::of_integer(narrow), offset)
                           : constant({TypeKind::bigint}, Value::of_bigint(whole), offset);
  }
  return coerce(constant({}, Value::of_text(digits), offset), {TypeKind::numeric}, CastContext::implicit, offset);
}

}  // namespace

ExprPtr ExpressionBinder::bind_constant(const Json& body) {
  const int offset = location_of(body);
  if (flag_member(body, "isnull")) return null_constant({}, offset);
  if (body.contains("ival")) {
    const auto value = static_cast<std::int32_t>(number_member(body["ival"], "ival"));
    return constant({TypeKind::integer}, Value::of_integer(value), offset);
  }
  if (body.contains("boolval")) {
    return constant({TypeKind::boolean}, Value::of_bool(flag_member(body["boolval"], "boolval")), offset);
  }
  if (body.contains("sval")) return constant({}, Value::of_text(text_member(body["sval"], "sval")), offset);
  if (!body.contains("fval")) not_supported("a bit string", offset, "Use BYTEA: '\\x…'.");
  return bind_number(text_member(body["fval"], "fval"), offset);
}

ExprPtr ExpressionBinder::bind_parameter(const Json& body) {
  const int offset = location_of(body);
  const auto number = static_cast<std::size_t>(number_member(body, "number"));
  if (context_.parameters == nullptr || (context_.definition && context_.replicated)) {
    not_supported("a parameter in a definition", offset, "Write the value itself.");
  }
  if (number < 1 || number > context_.parameters->size()) {
    throw SqlException("42P02", "there is no parameter $" + std::to_string(number), offset);
  }
  const Parameter& parameter = (*context_.parameters)[number - 1];
  const Value text = parameter.text ? Value::of_text(*parameter.text) : Value();
  const ExprPtr literal = constant({}, text, offset);
  return parameter.type ? coerce(literal, *parameter.type, CastContext::implicit, offset) : literal;
}

namespace {

ExprPtr array_of_elements(std::vector<ExprPtr> elements, Type type, int offset) {
  Expr made{ExprKind::array, type, std::move(elements)};
  made.offset = offset;
  return folded(std::make_shared<const Expr>(std::move(made)));
}

// INTERVAL '3' DAY.
ExprPtr interval_of_fields(const Json& text, const Json& type_name, int offset) {
  const Json& modifiers = list_member(type_name, "typmods");
  const Json& body = node_body(text);
  if (modifiers.size() != 1 || !is_node(text, "A_Const") || !body.contains("sval")) {
    not_supported("INTERVAL with fields, but of a literal", location_of(type_name), "Write INTERVAL alone.");
  }
  const auto fields = static_cast<unsigned>(number_member(member(node_body(modifiers[0]), "ival"), "ival"));
  try {
    const IntervalParts parts = parse_interval(text_member(body["sval"], "sval"), fields);
    return constant({TypeKind::interval},
                    Value::of_interval({static_cast<std::int32_t>(parts.months), static_cast<std::int32_t>(parts.days),
                                        parts.microseconds}),
                    offset);
  } catch (const SqlException& error) {
    throw SqlException(error.sqlstate(), error.what(), node_location(text), error.hint());
  }
}

}  // namespace

ExprPtr ExpressionBinder::bind_cast(const Json& body) {
  const Json& type_name = member(body, "typeName");
  const int offset = location_of(body) < 0 ? location_of(type_name) : location_of(body);
  const Json& inside = member(body, "arg");
  const bool of_fields = !list_member(type_name, "typmods").empty() && list_member(type_name, "arrayBounds").empty() &&
                         string_node(list_member(type_name, "names").back()) == "interval";
  if (of_fields) return interval_of_fields(inside, type_name, offset);
  const NamedType named = type_of_name(type_name);
  const bool empty_array = is_node(inside, "A_ArrayExpr") && list_member(node_body(inside), "elements").empty();
  if (empty_array) return constant(named.type, Value::of_array({}), offset);
  // Each element by itself, so that a literal is read as what it becomes.
  if (is_node(inside, "A_ArrayExpr") && is_array(named.type) && !named.modifier.is_set()) {
    std::vector<ExprPtr> elements = bind_list(list_member(node_body(inside), "elements"));
    for (ExprPtr& element : elements) {
      element = coerce(element, element_of(named.type), CastContext::explicit_cast, element->offset);
    }
    return array_of_elements(std::move(elements), named.type, offset);
  }
  const ExprPtr arg = bind(inside);
  return with_modifier(coerce(arg, named.type, CastContext::explicit_cast, offset), named.modifier, true);
}

ExprPtr ExpressionBinder::bind_boolean(const Json& body) {
  const std::string operation = text_member(body, "boolop");
  const char* name = operation == "AND_EXPR" ? "AND" : operation == "OR_EXPR" ? "OR" : "NOT";
  std::vector<ExprPtr> args;
  for (const Json& node : list_member(body, "args")) {
    args.push_back(coerce_to_boolean(bind(node), name, node_location(node)));
  }
  const ExprKind kind = operation == "AND_EXPR"  ? ExprKind::all_true
                        : operation == "OR_EXPR" ? ExprKind::any_true
                                                 : ExprKind::negation;
  // A constant that decides does so whatever the others are, also where they would fail: so PostgreSQL plans it.
  const auto decides = [&](const ExprPtr& arg) {
    return is_constant(arg) && !arg->value.is_null() && arg->value.as_bool() == (kind == ExprKind::any_true);
  };
  const auto decided = kind == ExprKind::negation ? args.end() : std::find_if(args.begin(), args.end(), decides);
  return decided != args.end() ? *decided : logical(kind, std::move(args), location_of(body));
}

ExprPtr ExpressionBinder::bind_null_test(const Json& body) {
  const bool negated = text_member(body, "nulltesttype") == "IS_NOT_NULL";
  const Json& arg = member(body, "arg");
  if (is_node(arg, "RowExpr")) {
    std::vector<ExprPtr> terms;
    for (const ExprPtr& field : bind_list(list_member(node_body(arg), "args"))) {
      const ExprPtr test = logical(ExprKind::is_null, {known(field)});
      terms.push_back(negated ? logical(ExprKind::negation, {test}) : test);
    }
    return conjunction(terms);
  }
  const ExprPtr test = logical(ExprKind::is_null, {known(bind(arg))}, location_of(body));
  return negated ? logical(ExprKind::negation, {test}, location_of(body)) : test;
}

ExprPtr ExpressionBinder::bind_boolean_test(const Json& body) {
  const std::string type = text_member(body, "booltesttype");
  const bool negated = type.starts_with("IS_NOT_");
  const std::string what = type.substr(negated ? 7 : 3);
  const Json& inside = member(body, "arg");
  const ExprPtr arg = coerce_to_boolean(bind(inside), "IS " + what, node_location(inside));
  const ExprPtr test = what == "UNKNOWN" ? logical(ExprKind::is_null, {arg})
                                         : logical(ExprKind::not_distinct, {arg, boolean_constant(what == "TRUE")});
  return negated ? logical(ExprKind::negation, {test}) : test;
}

ExprPtr ExpressionBinder::bind_case(const Json& body) {
  const int offset = location_of(body);
  const Json& subject = member(body, "arg");
  std::vector<ExprPtr> conditions;
  std::vector<ExprPtr> results;
  for (const Json& node : list_member(body, "args")) {
    const Json& when = node_body(node);
    const Json& test = member(when, "expr");
    conditions.push_back(subject.is_null() ? coerce_to_boolean(bind(test), "CASE/WHEN", node_location(test))
                                           : resolve_operator("=", bind(subject), bind(test), location_of(when)));
    results.push_back(bind(member(when, "result")));
  }
  const Json& otherwise = member(body, "defresult");
  // PostgreSQL looks at ELSE first when it looks for the type that all have in common.
  results.insert(results.begin(), otherwise.is_null() ? null_constant({}) : bind(otherwise));
  Expr made{ExprKind::case_when, coerce_together(results, "CASE", offset)};
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    made.args.push_back(conditions[i]);
    made.args.push_back(results[i + 1]);
  }
  made.args.push_back(results.front());
  made.offset = offset;
  return std::make_shared<const Expr>(std::move(made));
}

ExprPtr ExpressionBinder::bind_coalesce(const Json& body) {
  Expr made{ExprKind::coalesce};
  made.args = bind_list(list_member(body, "args"));
  made.offset = location_of(body);
  made.type = coerce_together(made.args, "COALESCE", made.offset);
  return std::make_shared<const Expr>(std::move(made));
}

ExprPtr ExpressionBinder::bind_min_max(const Json& body) {
  const bool greatest = text_member(body, "op") == "IS_GREATEST";
  std::vector<ExprPtr> args = bind_list(list_member(body, "args"));
  const int offset = location_of(body);
  const Type type = coerce_together(args, greatest ? "GREATEST" : "LEAST", offset);
  const Function* function = functions_named(greatest ? " greatest" : " least").front();
  return call(*function, type, std::move(args), offset);
}

ExprPtr ExpressionBinder::bind_array(const Json& body) {
  Expr made{ExprKind::array};
  made.args = bind_list(list_member(body, "elements"));
  made.offset = location_of(body);
  if (made.args.empty()) {
    throw SqlException("42P18", "cannot determine type of empty array", made.offset,
                       "Explicitly cast to the desired type, for example ARRAY[]::integer[].");
  }
  made.type = array_of(coerce_together(made.args, "ARRAY", made.offset), made.offset);
  return folded(std::make_shared<const Expr>(std::move(made)));
}

ExprPtr ExpressionBinder::bind_indirection(const Json& body) {
  ExprPtr value = bind(member(body, "arg"));
  const int offset = node_location(member(body, "arg"));
  for (const Json& step : list_member(body, "indirection")) {
    if (!is_node(step, "A_Indices")) not_supported("a field of a row", offset, "Name the column.");
    const Json& indices = node_body(step);
    const auto index = [&](const char* name) {
      const Json& at = member(indices, name);
      return at.is_null() ? null_constant({TypeKind::integer})
                          : coerce(bind(at), {TypeKind::integer}, CastContext::assignment, offset);
    };
    if (value->type.kind == TypeKind::jsonb) {
      value = resolve_operator("->", value, bind(member(indices, "uidx")), offset);
      continue;
    }
    if (!is_array(value->type)) {
      throw SqlException("42804", "cannot subscript type " + ivm::name_of(value->type) + " because it is not an array",
                         offset);
    }
    const bool slice = flag_member(indices, "is_slice");
    const Function* function = functions_named(slice ? " slice" : " element").front();
    std::vector<ExprPtr> args = {value};
    if (slice) args.push_back(index("lidx"));
    args.push_back(index("uidx"));
    value = call(*function, slice ? value->type : element_of(value->type), std::move(args), offset);
  }
  return value;
}

ExprPtr ExpressionBinder::bind_value_function(const Json& body) {
  const std::string which = text_member(body, "op");
  const bool is_date = which == "SVFOP_CURRENT_DATE", is_local = which == "SVFOP_LOCALTIMESTAMP";
  if (context_.now_us && (is_date || is_local || which == "SVFOP_CURRENT_TIMESTAMP")) {
    const ivm::Type type{TypeKind::timestamptz}, as{is_date ? TypeKind::date : TypeKind::timestamp};
    const ExprPtr now = constant(type, ivm::Value::of_word(type.kind, *context_.now_us), location_of(body));
    return is_date || is_local ? folded(coerce(now, as, CastContext::explicit_cast, now->offset)) : now;
  }
  not_supported("the current time, user or database", location_of(body),
                "It differs from one evaluation to the next. Give the value as a literal or parameter.");
}

ExprPtr ExpressionBinder::bind_sublink(const Json& body) {
  return sql::bind_sublink(*this, context_, level_, common_tables_, body);
}

}  // namespace laterbase::sql
