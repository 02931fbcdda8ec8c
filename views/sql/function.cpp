#include "views/sql/function.h"

#include <map>

#include "views/sql/function_tables.h"

namespace laterbase::sql {
namespace {

using ByName = std::map<std::string, std::vector<const Function*>, std::less<>>;

struct Index {
  Tables tables;
  ByName functions, operators;

  Index() {
    for (const auto add :
         {add_comparisons, add_integer_functions, add_real_functions, add_numeric_functions, add_text_functions,
          add_pattern_functions, add_time_operators, add_time_functions, add_json_functions, add_json_changes,
          add_array_functions, add_bytes_functions, add_format_functions, add_group_functions}) {
      add(tables);
    }
    for (const Function& function : tables.functions) functions[function.name].push_back(&function);
    for (const Function& function : tables.operators) operators[function.name].push_back(&function);
  }
};

const Index& index() {
  static const Index all;
  return all;
}

std::vector<const Function*> named(const ByName& by_name, std::string_view name) {
  const auto found = by_name.find(name);
  return found == by_name.end() ? std::vector<const Function*>{} : found->second;
}

}  // namespace

std::vector<const Function*> functions_named(std::string_view name) { return named(index().functions, name); }
std::vector<const Function*> operators_named(std::string_view name) { return named(index().operators, name); }

const Function* find_operator(std::string_view name, const std::vector<ivm::Type>& args) {
  const std::vector<ArgType> wanted(args.begin(), args.end());
  for (const Function* function : operators_named(name)) {
    if (function->args == wanted) return function;
  }
  return nullptr;
}

}  // namespace laterbase::sql
