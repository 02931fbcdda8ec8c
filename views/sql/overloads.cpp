#include "views/sql/overloads.h"

#include <algorithm>
#include <functional>

#include "views/sql/types.h"

namespace laterbase::sql {
namespace {

using ivm::Type;
using ivm::TypeKind;

// What the polymorphic arguments of one call are.
struct Polymorph {
  Type element;

  bool bind(Type type) {
    if (type.kind == TypeKind::unknown) return true;
    if (element.kind == TypeKind::unknown) element = type;
    if (element == type) return true;
    // Numbers of several kinds become the wider.
    if (cast_between(element, type, CastContext::implicit)) {
      element = type;
      return true;
    }
    return cast_between(type, element, CastContext::implicit).has_value();
  }
};

bool bind_polymorphs(const std::vector<ArgType>& wanted, const std::vector<Type>& given, Polymorph& polymorph) {
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (wanted[i].pseudo == Pseudo::any_array) {
      if (given[i].kind == TypeKind::unknown) continue;
      if (!is_array(given[i]) || !polymorph.bind(element_of(given[i]))) return false;
    } else if (wanted[i].pseudo == Pseudo::any_element) {
      if (is_array(given[i]) || !polymorph.bind(given[i])) return false;
    }
  }
  return true;
}

Type concrete(const ArgType& wanted, const Polymorph& polymorph) {
  const bool found = polymorph.element.kind != TypeKind::unknown;
  switch (wanted.pseudo) {
    case Pseudo::none:
      return wanted.type;
    case Pseudo::any:
      return {};
    case Pseudo::any_element:
      return found ? polymorph.element : Type{TypeKind::text};
    case Pseudo::any_array:
      return {TypeKind::array, found ? polymorph.element.kind : TypeKind::text};
  }
  return {};
}

std::optional<Overload> instantiate(const Function& function, const std::vector<Type>& given) {
  std::vector<ArgType> wanted = function.args;
  if (function.variadic) {
    if (given.size() < wanted.size()) return std::nullopt;
    wanted.resize(given.size(), wanted.back());
  }
  if (wanted.size() != given.size()) return std::nullopt;
  Polymorph polymorph;
  if (!bind_polymorphs(wanted, given, polymorph)) return std::nullopt;
  Overload overload{&function, {}, concrete(function.result, polymorph)};
  for (const ArgType& arg : wanted) overload.args.push_back(concrete(arg, polymorph));
  return overload;
}

bool fits(const Overload& overload, const std::vector<Type>& given) {
  for (std::size_t i = 0; i < given.size(); ++i) {
    const Type wanted = overload.args[i];
    if (wanted.kind == TypeKind::unknown || given[i].kind == TypeKind::unknown || given[i] == wanted) continue;
    if (!cast_between(given[i], wanted, CastContext::implicit)) return false;
  }
  return true;
}

using Candidates = std::vector<Overload>;

// Keeps those that do best at what is counted.
void keep_best(Candidates& candidates, const std::function<int(const Overload&)>& count) {
  int best = 0;
  for (const Overload& candidate : candidates) best = std::max(best, count(candidate));
  std::erase_if(candidates, [&](const Overload& candidate) { return count(candidate) < best; });
}

int exact_matches(const Overload& overload, const std::vector<Type>& given) {
  int matches = 0;
  for (std::size_t i = 0; i < given.size(); ++i) {
    matches += given[i].kind != TypeKind::unknown && given[i] == overload.args[i] ? 1 : 0;
  }
  return matches;
}

int preferred_matches(const Overload& overload, const std::vector<Type>& given) {
  int matches = 0;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i].kind == TypeKind::unknown) continue;
    const Type wanted = overload.args[i];
    const bool preferred = category_of(wanted) == category_of(given[i]) && is_preferred(wanted);
    matches += given[i] == wanted || preferred ? 1 : 0;
  }
  return matches;
}

// An unknown literal's category is that of strings where some candidate takes one there, else the one that all take.
// False where they differ.
bool keep_unknown_category(Candidates& candidates, const std::vector<Type>& given) {
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i].kind != TypeKind::unknown) continue;
    char category = category_of(candidates.front().args[i]);
    bool conflict = false;
    bool strings = false;
    for (const Overload& candidate : candidates) {
      strings = strings || category_of(candidate.args[i]) == 'S';
      conflict = conflict || category_of(candidate.args[i]) != category;
    }
    if (strings) category = 'S';
    if (conflict && !strings) return false;
    std::erase_if(candidates, [&](const Overload& c) { return category_of(c.args[i]) != category; });
    const bool some_preferred =
        std::any_of(candidates.begin(), candidates.end(), [&](const Overload& c) { return is_preferred(c.args[i]); });
    if (some_preferred) std::erase_if(candidates, [&](const Overload& c) { return !is_preferred(c.args[i]); });
  }
  return true;
}

// The last resort: all unknown ones are of the one type that the known ones have.
std::optional<Overload> assume_same_type(const Candidates& candidates, const std::vector<Type>& given) {
  Type only;
  for (const Type type : given) {
    if (type.kind == TypeKind::unknown) continue;
    if (only.kind != TypeKind::unknown && only != type) return std::nullopt;
    only = type;
  }
  if (only.kind == TypeKind::unknown) return std::nullopt;
  Candidates fitting;
  for (const Overload& candidate : candidates) {
    if (fits(candidate, std::vector<Type>(given.size(), only))) fitting.push_back(candidate);
  }
  return fitting.size() == 1 ? std::optional(fitting.front()) : std::nullopt;
}

}  // namespace

std::optional<Overload> exact_overload(const std::vector<const Function*>& candidates, const std::vector<Type>& types) {
  for (const Function* function : candidates) {
    const auto overload = instantiate(*function, types);
    if (overload && exact_matches(*overload, types) == static_cast<int>(types.size())) return overload;
  }
  return std::nullopt;
}

std::optional<Overload> choose_overload(const std::vector<const Function*>& candidates, const std::vector<Type>& types,
                                        bool& ambiguous) {
  if (const auto exact = exact_overload(candidates, types)) return exact;
  Candidates fitting;
  for (const Function* function : candidates) {
    const auto overload = instantiate(*function, types);
    if (overload && fits(*overload, types)) fitting.push_back(*overload);
  }
  if (fitting.empty()) return std::nullopt;
  keep_best(fitting, [&](const Overload& candidate) { return exact_matches(candidate, types); });
  if (fitting.size() > 1)
    keep_best(fitting, [&](const Overload& candidate) { return preferred_matches(candidate, types); });
  if (fitting.size() == 1) return fitting.front();
  Candidates narrowed = fitting;
  if (keep_unknown_category(narrowed, types) && narrowed.size() == 1) return narrowed.front();
  if (const auto same_type = assume_same_type(narrowed.empty() ? fitting : narrowed, types)) return same_type;
  ambiguous = true;
  return std::nullopt;
}

}  // namespace laterbase::sql
