#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "engine/ivm/expression.h"
#include "views/sql/function_tables.h"
#include "views/sql/spread.h"

// What aggregates make of their group's values, which array_agg() has listed and ordered. Their names begin with a
// blank: nobody can write them.
namespace laterbase::sql {
namespace {

using ivm::EvalError;
using ivm::Type;
using ivm::TypeKind;
using ivm::Value;
using Args = std::span<const Value>;
using Values = std::vector<Value>;

Values values_of(const Value& array) {
  if (array.is_null()) return {};
  Values values = array.as_array();
  std::erase_if(values, [](const Value& value) { return value.is_null(); });
  return values;
}

double fraction_of(const Value& value) {
  const double fraction = value.as_double();
  if (fraction >= 0 && fraction <= 1) return fraction;
  throw EvalError("22003", fmt::format("percentile value {:g} is not between 0 and 1", fraction));
}

Value between(const Value& low, const Value& high, double part) {
  if (low.kind() == TypeKind::real8) {
    return Value::of_double(low.as_double() + part * (high.as_double() - low.as_double()));
  }
  static const Type interval{TypeKind::interval};
  static const Function& minus = *find_operator("-", {interval, interval});
  static const Function& times = *find_operator("*", {interval, {TypeKind::real8}});
  static const Function& plus = *find_operator("+", {interval, interval});
  const Value difference = minus.evaluate(Values{high, low}, interval);
  const Value step = times.evaluate(Values{difference, Value::of_double(part)}, interval);
  return plus.evaluate(Values{low, step}, interval).owned();
}

Value percentile_cont(Args args, Type) {
  if (args[1].is_null()) return {};
  const double fraction = fraction_of(args[1]);
  const Values values = values_of(args[0]);
  if (values.empty()) return {};
  const double place = fraction * static_cast<double>(values.size() - 1);
  const auto low = static_cast<std::size_t>(std::floor(place));
  const auto high = static_cast<std::size_t>(std::ceil(place));
  if (low == high) return values[low].owned();
  return between(values[low], values[high], place - std::floor(place));
}

Value percentile_disc(Args args, Type) {
  if (args[1].is_null()) return {};
  const double fraction = fraction_of(args[1]);
  const Values values = values_of(args[0]);
  if (values.empty()) return {};
  const auto place = static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(values.size())));
  return values[std::max<std::size_t>(place, 1) - 1].owned();
}

// The most frequent one, the first of several.
Value mode(Args args, Type) {
  const Values values = values_of(args[0]);
  std::size_t best = 0;
  std::size_t longest = 0;
  for (std::size_t begin = 0; begin < values.size();) {
    std::size_t end = begin;
    while (end < values.size() && values[end] == values[begin]) ++end;
    if (end - begin > longest) {
      longest = end - begin;
      best = begin;
    }
    begin = end;
  }
  return values.empty() ? Value() : values[best].owned();
}

template <typename Bits>
Value folded_bits(Args args, Type type) {
  const Values values = values_of(args[0]);
  if (values.empty()) return {};
  std::int64_t result = values[0].as_int();
  for (std::size_t i = 1; i < values.size(); ++i) result = Bits{}(result, values[i].as_int());
  return Value::of_word(type.kind, result);
}

template <bool sample, bool root>
Value spread(Args args, Type) {
  return spread_of(values_of(args[0]), {sample, root});
}

}  // namespace

void add_group_functions(Tables& tables) {
  using enum TypeKind;
  auto& functions = tables.functions;
  for (const TypeKind type : {real8, interval}) {
    functions.push_back(
        {" percentile_cont of", {Type{TypeKind::array, type}, real8}, type, percentile_cont, true, false});
  }
  functions.push_back(
      {" percentile_disc of", {Pseudo::any_array, real8}, Pseudo::any_element, percentile_disc, true, false});
  functions.push_back({" mode of", {Pseudo::any_array}, Pseudo::any_element, mode, false, false});
  for (const TypeKind type : {integer, bigint}) {
    const Type list{TypeKind::array, type};
    functions.push_back({" bit_and of", {list}, type, folded_bits<std::bit_and<>>, false, false});
    functions.push_back({" bit_or of", {list}, type, folded_bits<std::bit_or<>>, false, false});
    functions.push_back({" bit_xor of", {list}, type, folded_bits<std::bit_xor<>>, false, false});
  }
  for (const TypeKind type : {integer, bigint, numeric, real8}) {
    const Type list{TypeKind::array, type};
    const TypeKind result = type == real8 ? real8 : numeric;
    for (const auto& [name, evaluate] : {std::pair<const char*, Evaluate>{" var_pop of", spread<false, false>},
                                         {" var_samp of", spread<true, false>},
                                         {" stddev_pop of", spread<false, true>},
                                         {" stddev_samp of", spread<true, true>}}) {
      functions.push_back({name, {list}, result, evaluate, true, false});
    }
  }
}

}  // namespace laterbase::sql
