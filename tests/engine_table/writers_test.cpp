#include <catch2/catch.hpp>
#include <map>
#include <thread>
#include <vector>

#include "engine/base/random.h"
#include "engine/table/table.h"
#include "tests/support/seed.h"

// While one thread writes to a table it does so without locked instructions; these take that from each other, in turns
// and in the middle of each other's writes.
using laterbase::Random;
using namespace laterbase::worktable;

namespace {

using Notes = Table<"note", column<"id", std::uint64_t, primary_key, autoincrement>,
                    column<"owner", std::uint8_t, laterbase::worktable::index>,
                    column<"sum", std::int64_t, ordered_index>, column<"name", std::string, unique_index>>;

// What one thread has in the table: it alone writes these rows.
class Owner {
 public:
  Owner(Notes& notes, std::uint8_t number, std::uint64_t seed)
      : notes_(notes), number_(number), random_(seed + number) {}

  void write(int times) {
    for (; times > 0; --times) {
      const auto id = 1 + number_ + 16 * random_.below(500);
      const auto sum = static_cast<std::int64_t>(random_.below(1'000'000));
      const auto known = sums_.find(id);
      if (known == sums_.end()) {
        lost_ += notes_.insert(id, number_, sum, name(id)).has_value() ? 0 : 1;
        sums_[id] = sum;
      } else if (random_.one_in(2)) {
        lost_ += notes_.erase(id).value() ? 0 : 1;
        sums_.erase(known);
      } else {
        lost_ += notes_.update<"sum">(id, sum).value() ? 0 : 1;
        known->second = sum;
      }
    }
  }
  // How many of its rows are not as it left them.
  int lost() const {
    int lost = lost_;
    for (const auto& [id, sum] : sums_) lost += notes_.get<"sum">(id) == sum ? 0 : 1;
    lost += notes_.select<"id">().where<"owner">(equal, number_).count() == sums_.size() ? 0 : 1;
    return lost;
  }
  std::size_t rows() const { return sums_.size(); }

 private:
  static std::string name(std::uint64_t id) { return std::string(id % 40, 'n') + std::to_string(id); }

  Notes& notes_;
  std::uint8_t number_;
  Random random_;
  std::map<std::uint64_t, std::int64_t> sums_;
  int lost_ = 0;
};

}  // namespace

TEST_CASE("threads that write in turns hand the table on, and lose nothing") {
  const auto seed = laterbase::test_seed();
  CAPTURE(seed);
  Notes notes;
  Owner first(notes, 0, seed), second(notes, 1, seed);
  for (int turn = 0; turn < 200; ++turn) {
    std::thread([&] { (turn % 2 == 0 ? first : second).write(50); }).join();
    if (turn % 50 == 49) notes.vacuum();
  }
  REQUIRE(first.lost() == 0);
  REQUIRE(second.lost() == 0);
  REQUIRE(notes.size() == first.rows() + second.rows());
}

TEST_CASE("a thread that comes in the middle of another's writes finds them whole, and takes nothing from them") {
  const auto seed = laterbase::test_seed();
  CAPTURE(seed);
  for (std::uint64_t round = 0; round < 40; ++round) {
    Notes notes;
    std::vector<Owner> owners;
    for (std::uint8_t number = 0; number < 4; ++number) owners.emplace_back(notes, number, seed + 100 * round);
    owners[0].write(500);
    std::vector<std::thread> threads;
    for (auto& owner : owners) {
      const int before = round % 2 == 0 ? 0 : 200;
      threads.emplace_back([&, before] {
        for (int i = 0; i < before && &owner != &owners[0]; ++i) std::this_thread::yield();
        owner.write(2000);
      });
    }
    if (round % 4 == 0) notes.vacuum();
    for (auto& thread : threads) thread.join();
    std::size_t rows = 0;
    for (const auto& owner : owners) {
      REQUIRE(owner.lost() == 0);
      rows += owner.rows();
    }
    REQUIRE(notes.size() == rows);
  }
}
