#include <algorithm>
#include <set>

#include "engine/folds/positions.h"
#include "tests/support/seeded_random.h"

using namespace laterbase;
using laterbase::folds::Positions;
using laterbase::tests::SeededRandom;

TEST_CASE("positions come back, whatever order they came in, but for those that were removed") {
  SeededRandom random;
  for (std::uint64_t run = 0; run < test_size(50, 5'000); ++run) {
    Positions positions;
    std::set<std::pair<Ulid, Lc>> wanted;
    std::set<Lc> used;
    const bool ascending = random().one_in(2);
    Lc next = 1;
    for (std::uint64_t i = 0; i < 400; ++i) {
      if (random().one_in(5) && !wanted.empty()) {
        auto gone = wanted.lower_bound({Ulid{random().below(1'000), 0}, 0});
        if (gone == wanted.end()) gone = wanted.begin();
        REQUIRE(positions.remove(gone->second));
        REQUIRE_FALSE(positions.remove(gone->second));
        wanted.erase(gone);
        continue;
      }
      next += 1 + random().below(random().one_in(9) ? std::uint64_t{1} << 40 : 3);
      const Lc lc = ascending ? next : random().below(std::uint64_t{1} << 62);
      if (!used.insert(lc).second) continue;
      const Ulid key{random().below(1'000), 0};
      positions.add(lc, key);
      wanted.emplace(key, lc);
    }
    CHECK(positions.size() == wanted.size());
    std::string saved;
    positions.save(saved);
    Positions loaded;
    std::string_view from = saved;
    REQUIRE(loaded.load(from));
    CHECK(from.empty());
    for (const Positions* one : {&positions, &loaded}) {
      const Ulid after{random().below(1'000), 0}, until{random().below(1'000), 0};
      std::vector<Lc> all, later, between;
      one->collect(nullptr, nullptr, all);
      one->collect(&after, nullptr, later);
      one->collect(&after, &until, between);
      CHECK(all.size() == wanted.size());
      const std::set<Lc> found(later.begin(), later.end()), found_between(between.begin(), between.end());
      for (const auto& [key, lc] : wanted) {
        CHECK(std::find(all.begin(), all.end(), lc) != all.end());
        if (key > after) CHECK(found.contains(lc));
        if (key > after && key <= until) CHECK(found_between.contains(lc));
      }
    }
  }
}
