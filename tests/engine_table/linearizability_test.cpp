#include <catch2/catch.hpp>
#include <thread>

#include "engine/table/table.h"
#include "tests/engine_table/history.h"
#include "tests/support/seed.h"

using namespace laterbase::worktable;
using history::Call;
using laterbase::Random;

namespace {

template <auto... Options>
using RegistersWith = Table<"register", column<"key", std::uint32_t, primary_key, Options...>,
                            column<"value", std::uint32_t, unique_ordered_index>, column<"padding", std::string>>;
using Registers = RegistersWith<>;
using CountedRegisters = RegistersWith<autoincrement>;

constexpr std::uint32_t keys = 4;
constexpr int threads = 3;
constexpr int calls_of_a_thread = 40;

// One round: threads call at random; each writes down what it did and when.
template <typename Registers>
class Round {
 public:
  Round(Registers& table, std::uint64_t seed) : table_(table), seed_(seed), histories_(threads) {
    for (std::uint32_t key = 1; key <= keys; ++key) before_.push_back(table_.template get<"value">(key));
  }

  bool run() {
    std::vector<std::thread> running;
    for (int i = 0; i < threads; ++i) running.emplace_back([this, i] { work(i); });
    while (ready_ < threads) std::this_thread::yield();
    go_ = true;
    for (auto& thread : running) thread.join();
    for (std::uint32_t key = 1; key <= keys; ++key)
      if (!check(key)) return false;
    return true;
  }

 private:
  void work(int thread) {
    Random random(seed_ + static_cast<std::uint64_t>(thread));
    ++ready_;
    while (!go_) std::this_thread::yield();
    for (int i = 0; i < calls_of_a_thread; ++i) {
      const auto key = static_cast<std::uint32_t>(1 + random.below(keys));
      histories_[static_cast<std::size_t>(thread)].push_back({key, call(random, key, thread, i)});
      if (random.one_in(40)) table_.vacuum();
    }
  }
  Call call(Random& random, std::uint32_t key, int thread, int number) {
    Call call;
    call.kind = static_cast<Call::Kind>(random.below(4));
    call.wrote =
        static_cast<std::uint32_t>(seed_ * 1000) + static_cast<std::uint32_t>(thread * calls_of_a_thread + number);
    const std::string padding(random.one_in(3) ? random.below(200) : 3, 'p');
    call.begin = clock_.fetch_add(1);
    switch (call.kind) {
      case Call::insert:
        call.done = table_.insert(key, call.wrote, padding).has_value();
        break;
      case Call::erase:
        call.done = table_.erase(key).value();
        break;
      case Call::update:
        call.done = random.one_in(2) ? table_.template update<"value">(key, call.wrote).value()
                                     : table_.template update<"value", "padding">(key, call.wrote, padding).value();
        break;
      default:
        call.saw = table_.template get<"value">(key);
        break;
    }
    call.end = clock_.fetch_add(1);
    return call;
  }
  bool check(std::uint32_t key) {
    std::vector<Call> calls;
    for (const auto& one : histories_)
      for (const auto& [of, call] : one)
        if (of == key && calls.size() < 63) calls.push_back(call);
    return history::Checker(calls).linearizable(before_[key - 1]);
  }

  Registers& table_;
  std::uint64_t seed_;
  std::vector<std::vector<std::pair<std::uint32_t, Call>>> histories_;
  std::vector<history::State> before_;
  std::atomic<std::uint64_t> clock_{0};
  std::atomic<int> ready_{0};
  std::atomic<bool> go_{false};
};

}  // namespace

TEMPLATE_TEST_CASE("random histories of each key are linearizable", "", Registers, CountedRegisters) {
  const auto seed = laterbase::test_seed();
  CAPTURE(seed);
  TestType table;
  const auto rounds = laterbase::test_size(1'000, 200'000);
  for (std::uint64_t i = 0; i < rounds; ++i) {
    CAPTURE(i);
    if (!Round<TestType>(table, seed + 16 * i).run()) FAIL("a history that no order of its calls explains");
  }
}

TEST_CASE("the checker refuses a read of what was overwritten, and a second insert") {
  Call write{Call::insert, 0, 1, 7, true, {}};
  Call over{Call::update, 2, 3, 8, true, {}};
  Call stale{Call::read, 4, 5, 0, false, 7};
  std::vector<Call> calls{write, over, stale};
  REQUIRE_FALSE(history::Checker(calls).linearizable(std::nullopt));
  calls[2].begin = 2;  // beside the update it is fine
  REQUIRE(history::Checker(calls).linearizable(std::nullopt));
  calls = {write, {Call::insert, 2, 3, 9, true, {}}};
  REQUIRE_FALSE(history::Checker(calls).linearizable(std::nullopt));
}
