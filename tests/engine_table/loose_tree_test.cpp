#include "engine/table/loose_tree.h"

#include <catch2/catch.hpp>
#include <set>

#include "tests/support/seed.h"

using namespace laterbase::worktable;
using laterbase::Random;

namespace {

// Entries that are alive are in a set; the rest is stale.
class Living : public EntryJudge {
 public:
  std::uint32_t keep(Entry* entries, std::uint32_t count) const override {
    return static_cast<std::uint32_t>(
        std::remove_if(entries, entries + count, [this](const Entry& entry) { return !all.contains(entry); }) -
        entries);
  }
  std::set<Entry> all;
};

std::vector<Entry> walk(const LooseTree& tree, Entry first, Entry last, bool down) {
  const Pin pin;
  std::vector<Entry> found;
  for (LooseTree::Run run; run.more; (down ? last : first) = run.next) {
    if (down)
      tree.descend(first, last, run);
    else
      tree.ascend(first, last, run);
    for (std::uint32_t i = 0; i < run.count; ++i) found.push_back(run.entries[down ? run.count - 1 - i : i]);
  }
  if (down) std::reverse(found.begin(), found.end());
  return found;
}

// Every living entry in between, in order, and nothing twice.
void check(const LooseTree& tree, const Living& living, Entry first, Entry last, bool down) {
  auto found = walk(tree, first, last, down);
  REQUIRE(std::adjacent_find(found.begin(), found.end(), std::greater_equal<>()) == found.end());
  if (!found.empty()) REQUIRE((found.front() >= first && found.back() <= last));
  std::erase_if(found, [&](const Entry& entry) { return !living.all.contains(entry); });
  REQUIRE(found == std::vector(living.all.lower_bound(first), living.all.upper_bound(last)));
}

}  // namespace

TEST_CASE("a loose tree gives every living entry once and in order, whatever its keys look like") {
  const auto seed = laterbase::test_seed();
  CAPTURE(seed);
  Random random(seed);
  // Spread, few, all one, and rising keys: leaves of every width, divided in every way.
  for (int kind = 0; kind < 4; ++kind) {
    Living living;
    LooseTree tree(living);
    std::uint64_t risen = 0;
    const auto any = [&]() -> Entry {
      const auto spot = static_cast<Spot>(1 + random.below(20'000));
      const std::uint64_t keys[] = {random(), random.below(5) << 56, 42, risen += 3};
      return {keys[kind], spot};
    };
    for (int round = 0; round < 30; ++round) {
      for (int i = 0; i < 500; ++i) {
        const auto entry = any();
        living.all.insert(entry);
        const Pin pin;
        tree.insert(entry, random.one_in(2));
        if (random.one_in(3)) tree.insert(entry, random.one_in(2));
      }
      for (auto at = living.all.begin(); round % 3 == 2 && at != living.all.end();)
        at = random.one_in(2) ? living.all.erase(at) : std::next(at);
      tree.expect_stale(random.one_in(2));
      for (int i = 0; i < 20; ++i) tree.sweep_one();
      const auto one = any(), other = any();
      check(tree, living, std::min(one, other), std::max(one, other), random.one_in(2));
    }
    check(tree, living, {0, 0}, {~std::uint64_t{0}, ~Spot{0}}, false);
    tree.sweep_all();
    REQUIRE(walk(tree, {0, 0}, {~std::uint64_t{0}, ~Spot{0}}, true) ==
            std::vector(living.all.begin(), living.all.end()));
    const auto full = tree.bytes();
    living.all.clear();
    tree.sweep_all();
    REQUIRE(walk(tree, {0, 0}, {~std::uint64_t{0}, ~Spot{0}}, false).empty());
    REQUIRE(tree.bytes() < full / 10);
  }
}
