#include "tests/views_sql/choices.h"

#include <algorithm>

namespace laterbase::tests {

std::size_t Choice::size() const {
  std::size_t all = 1;
  for (const std::uint64_t draw : draws) all += draw == 0 ? 0 : 1;
  for (const Choice& part : parts) all += part.size();
  return all;
}

std::uint64_t Choices::below(std::uint64_t bound) {
  Level& level = levels_.back();
  std::uint64_t value = 0;
  if (fresh_) {
    value = random_.below(bound);
  } else if (level.given != nullptr && level.draws < level.given->draws.size()) {
    value = std::min(level.given->draws[level.draws++], bound - 1);
  }
  level.taken->draws.push_back(value);
  return value;
}

void Choices::part(int kind, const std::function<void()>& write) {
  Level& level = levels_.back();
  const Choice* given = nullptr;
  if (!fresh_ && level.given != nullptr && level.parts < level.given->parts.size()) {
    given = &level.given->parts[level.parts++];
  }
  Choice taken{kind, {}, {}};
  levels_.push_back({&taken, given});
  write();
  levels_.pop_back();
  levels_.back().taken->parts.push_back(std::move(taken));
}

void Choices::some(int kind, std::uint64_t average, std::uint64_t most, const std::function<void()>& write) {
  bool more = true;
  for (std::uint64_t i = 0; i < most && more; ++i) {
    part(kind, [&] {
      more = below(average + 1) != 0;
      if (more) write();
    });
  }
}

namespace {

using Place = std::vector<std::size_t>;  // from the root, which part

Choice& at(Choice& tree, const Place& place) {
  Choice* node = &tree;
  for (const std::size_t part : place) node = &node->parts[part];
  return *node;
}

void places_of(const Choice& node, Place& here, std::vector<Place>& all) {
  all.push_back(here);
  for (std::size_t i = 0; i < node.parts.size(); ++i) {
    here.push_back(i);
    places_of(node.parts[i], here, all);
    here.pop_back();
  }
}

void same_kind(const Choice& node, int kind, std::vector<const Choice*>& found) {
  for (const Choice& part : node.parts) {
    if (part.kind == kind && found.size() < 8) found.push_back(&part);
    same_kind(part, kind, found);
  }
}

class Shrinker {
 public:
  Shrinker(Choice failing, const StillFails& fails, std::size_t most)
      : best_(std::move(failing)), fails_(fails), left_(most) {}

  Choice run() {
    std::size_t before = 0;
    do {
      before = best_.size();
      shrink_parts();
      shrink_draws();
    } while (best_.size() < before && left_ > 0);
    return std::move(best_);
  }

 private:
  bool try_tree(const Choice& candidate) {
    if (left_ == 0) return false;
    --left_;
    Choice taken;
    if (!fails_(candidate, taken)) return false;
    // What was given and not looked at is gone. The same size again would go on for ever.
    if (taken.size() > best_.size()) return false;
    best_ = std::move(taken);
    return true;
  }

  bool exists(const Place& place) const {
    const Choice* node = &best_;
    for (const std::size_t part : place) {
      if (part >= node->parts.size()) return false;
      node = &node->parts[part];
    }
    return true;
  }

  void shrink_parts() {
    std::vector<Place> places;
    Place here;
    places_of(best_, here, places);
    // The great ones first.
    std::stable_sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.size() < b.size(); });
    for (const Place& place : places) {
      while (!place.empty() && exists(place) && left_ > 0 && without(place)) {
      }
    }
  }

  bool without(const Place& place) {
    const std::size_t size = at(best_, place).size();
    if (size <= 1) return false;
    const std::size_t before = best_.size();
    Choice removed = best_;
    Place parent = place;
    parent.pop_back();
    auto& siblings = at(removed, parent).parts;
    siblings.erase(siblings.begin() + static_cast<std::ptrdiff_t>(place.back()));
    if (try_tree(removed)) return best_.size() < before;
    Choice emptied = best_;
    Choice& node = at(emptied, place);
    node.draws.clear();
    node.parts.clear();
    if (try_tree(emptied)) return best_.size() < before;
    std::vector<const Choice*> smaller;
    same_kind(at(best_, place), at(best_, place).kind, smaller);
    std::vector<Choice> copies;
    for (const Choice* one : smaller) copies.push_back(*one);
    for (const Choice& one : copies) {
      Choice hoisted = best_;
      at(hoisted, place) = one;
      if (try_tree(hoisted)) return best_.size() < before;
    }
    return false;
  }

  void shrink_draws() {
    std::vector<Place> places;
    Place here;
    places_of(best_, here, places);
    for (const Place& place : places) {
      for (std::size_t i = 0; exists(place) && i < at(best_, place).draws.size() && left_ > 0; ++i) lower(place, i);
    }
  }

  void lower(const Place& place, std::size_t draw) {
    const std::uint64_t value = at(best_, place).draws[draw];
    for (const std::uint64_t less : {std::uint64_t{0}, value / 2, value - 1}) {
      if (value == 0 || less >= value) continue;
      Choice candidate = best_;
      at(candidate, place).draws[draw] = less;
      if (try_tree(candidate)) return;
    }
  }

  Choice best_;
  const StillFails& fails_;
  std::size_t left_;
};

}  // namespace

Choice shrink(Choice failing, const StillFails& fails, std::size_t most_questions) {
  return Shrinker(std::move(failing), fails, most_questions).run();
}

}  // namespace laterbase::tests
