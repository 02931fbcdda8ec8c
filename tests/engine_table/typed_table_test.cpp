#include <catch2/catch.hpp>
#include <thread>

#include "engine/table/table.h"

using namespace laterbase::worktable;
using laterbase::ErrorCode;

namespace {

using laterbase::worktable::index;  // C has an index() too

enum class Side : std::uint8_t { buy, sell };

using Prices =
    Table<"price", column<"id", std::uint64_t, primary_key, autoincrement>, column<"exchange", std::uint8_t, index>,
          column<"bid", double, ordered_index>, column<"at", std::uint64_t, ordered_index>>;

using Orders =
    Table<"order", column<"book", std::uint32_t, primary_key>, column<"number", std::uint64_t, primary_key>,
          column<"code", std::string, unique_index>, column<"note", std::optional<std::string>, ordered_index>,
          column<"side", Side>, column<"open", bool>, column<"legs", std::array<std::int16_t, 3>>,
          column<"fills", std::vector<double>>, column<"raw", Bytes>, ordered_index_on<"side", "book", "note">>;

using Exchanges = Table<"exchange", column<"id", std::uint16_t, primary_key>, column<"name", std::string>>;
using Trades = Table<"trade", column<"id", std::uint64_t, primary_key, autoincrement>,
                     column<"exchange", std::uint16_t, references<Exchanges>>, column<"price", double>>;

std::uint64_t next_odd() {
  static std::atomic<std::uint64_t> last{1};
  return last.fetch_add(2);
}
using Odd = Table<"odd", column<"id", std::uint64_t, primary_key, generated_by<next_odd>>, column<"x", int>>;

}  // namespace

TEST_CASE("the table of the design") {
  Prices prices;
  for (int i = 0; i < 2000; ++i)
    REQUIRE(prices.insert(i % 7, 900.0 + i % 200, 5000 + i).value() == std::uint64_t(i + 1));
  auto above = prices.select<"bid", "at">().where<"bid">(greater, 1000.0);
  static_assert(decltype(above)::access == Access::ordered);
  std::size_t rows = 0;
  for (const auto& [bid, at] : above) {
    REQUIRE(bid > 1000.0);
    REQUIRE(900.0 + static_cast<double>((at - 5000) % 200) == bid);
    ++rows;
  }
  REQUIRE(rows == 990);
  REQUIRE(above.count() == 990);
  REQUIRE(prices.find(1)->get<"bid">() == 900.0);
  REQUIRE(prices.get<"at">(2) == 5001);
  REQUIRE_FALSE(prices.find(99999));
}

TEST_CASE("many reads under one pin see each row as it is") {
  Prices prices;
  for (int i = 1; i <= 100; ++i) prices.insert(i % 7, i, i).value();
  const auto reading = prices.read();
  for (std::uint64_t id = 1; id <= 100; ++id) {
    REQUIRE(reading.get<"bid">(id) == double(id));
    REQUIRE(reading.find(id)->get<"at">() == id);
  }
  prices.update<"bid">(7, 0.5).value();
  prices.erase(8).value();
  REQUIRE(reading.get<"bid">(7) == 0.5);
  REQUIRE_FALSE(reading.contains(8));
  REQUIRE_FALSE(reading.get<"bid", "at">(8));
}

TEST_CASE("order, limit and offset, along an index or sorted") {
  Prices prices;
  for (int i = 0; i < 500; ++i) prices.insert(i % 5, (i * 37) % 500, 1000 - i).value();
  auto by_bid = prices.select<"bid">().order_by<"bid", descending>().limit(3).offset(2);
  static_assert(decltype(by_bid)::plan.ordered);
  REQUIRE(by_bid.rows() == std::vector<std::tuple<double>>{{497.0}, {496.0}, {495.0}});
  auto sorted = prices.select<"id", "at">().where<"exchange">(equal, 2).order_by<"at">().limit(2);
  static_assert(!decltype(sorted)::plan.ordered || decltype(sorted)::access == Access::ordered);
  REQUIRE(sorted.rows() == std::vector<std::tuple<std::uint64_t, std::uint64_t>>{{498, 503}, {493, 508}});
  REQUIRE(prices.select<"id">().where<"bid", "at">(between, std::pair(100.0, 300.0), std::pair(600, 900)).count() ==
          prices.select<"id">()
              .where<"bid">(greater_equal, 100.0)
              .where<"bid">(less_equal, 300.0)
              .where<"at">(between, 600, 900)
              .count());
  REQUIRE(prices.select<"id">().offset(495).count() == 5);
}

TEST_CASE("the type says how a query gets to its rows") {
  Prices prices;
  Orders orders;
  static_assert(decltype(prices.select<"bid">().where<"id">(equal, 1))::access == Access::key);
  static_assert(decltype(prices.select<"bid">().where<"exchange">(equal, 1))::access == Access::hashed);
  static_assert(decltype(prices.select<"bid">().where<"exchange">(greater, 1))::access == Access::scan);
  static_assert(decltype(orders.select<"side">().where<"code">(equal, "a"))::access == Access::unique);
  static_assert(decltype(orders.select<"side">().where<"open">(equal, true))::access == Access::scan);
  using Composite = decltype(orders.select<"note">().where<"side">(equal, Side::buy).where<"book">(greater, 3U));
  static_assert(Composite::access == Access::ordered && Composite::plan.equals == 1 && Composite::plan.range);
  REQUIRE(prices.select<"bid">().where<"exchange">(greater, 1).count() == 0);
}

TEST_CASE("columns of every kind come back as they went in") {
  Orders orders;
  const std::array<std::int16_t, 3> legs{-1, 0, 32767};
  const Bytes raw{std::byte{0}, std::byte{255}};
  REQUIRE(orders.insert(7U, 1U, "A", std::nullopt, Side::sell, true, legs, std::vector<double>{0.5, -1}, raw).value() ==
          7U);
  REQUIRE(orders.insert(7U, 2U, "B", std::string("later"), Side::buy, false, legs, std::vector<double>{}, Bytes{})
              .has_value());
  REQUIRE(
      orders.insert(7U, 2U, "C", std::nullopt, Side::buy, false, legs, std::vector<double>{}, Bytes{}).error().code ==
      ErrorCode::conflict);
  REQUIRE(
      orders.insert(7U, 3U, "B", std::nullopt, Side::buy, false, legs, std::vector<double>{}, Bytes{}).error().detail ==
      "table order has a row with this code already");
  const auto first = orders.find(7U, 1U);
  REQUIRE(first->get<"note">() == std::nullopt);
  REQUIRE(first->get<"side">() == Side::sell);
  REQUIRE(first->get<"open">());
  REQUIRE(first->get<"legs">() == legs);
  REQUIRE(first->get<"fills">() == std::vector<double>{0.5, -1});
  REQUIRE(first->get<"raw">() == raw);
  REQUIRE(orders.find(7U, 2U)->get<"note">() == "later");
  REQUIRE(orders.select<"number">().where<"note">(greater, std::string("k")).rows() ==
          std::vector<std::tuple<std::uint64_t>>{{2}});
  REQUIRE(orders.select<"number">().where<"note">(equal, std::nullopt).rows() ==
          std::vector<std::tuple<std::uint64_t>>{{1}});
  REQUIRE(orders.size() == 2);
}

TEST_CASE("updates of named columns, in place, and of what a query finds; erase") {
  Prices prices;
  for (int i = 0; i < 100; ++i) prices.insert(i % 4, i, i).value();
  REQUIRE(prices.update<"bid", "at">(5, 77.5, 1U).value());
  REQUIRE(prices.get<"bid">(5) == 77.5);
  REQUIRE_FALSE(prices.update<"bid">(1000, 1.0).value());
  REQUIRE(
      prices.modify<"bid", "at">(5, [](double& bid, std::uint64_t& at) { bid += static_cast<double>(at); }).value());
  REQUIRE(prices.get<"bid">(5) == 78.5);
  REQUIRE(prices.select<"id">().where<"exchange">(equal, 3).update<"exchange">(9).value() == 25);
  REQUIRE(prices.select<"id">().where<"exchange">(equal, 9).count() == 25);
  REQUIRE(prices.select<"id">().where<"exchange">(equal, 9).erase().value() == 25);
  REQUIRE(prices.size() == 75);
  REQUIRE(prices.erase(1).value());
  REQUIRE_FALSE(prices.erase(1).value());
  REQUIRE(prices.update<"id">(2, 3).error().code == ErrorCode::invalid);
}

TEST_CASE("foreign keys are links: followed in one step, held to what is there") {
  Exchanges exchanges;
  Trades trades(exchanges);
  REQUIRE(trades.insert(7, 1.5).error().code == ErrorCode::not_found);
  exchanges.insert(7, "Xetra").value();
  exchanges.insert(8, "Tradegate").value();
  const auto trade = trades.insert(7, 1.5).value();
  REQUIRE(trades.follow<"exchange">(trade)->get<"name">() == "Xetra");
  exchanges.update<"name">(7, std::string(300, 'x')).value();  // the row moves
  REQUIRE(trades.follow<"exchange">(trade)->get<"name">() == std::string(300, 'x'));
  REQUIRE(exchanges.erase(7).error().code == ErrorCode::conflict);
  REQUIRE(trades.update<"exchange">(trade, 9).error().code == ErrorCode::not_found);
  REQUIRE(trades.update<"exchange">(trade, 8).value());
  REQUIRE(trades.follow<"exchange">(trade)->get<"name">() == "Tradegate");
  REQUIRE(exchanges.erase(7).value());
}

TEST_CASE("a foreign key never dangles, whoever wins") {
  Exchanges exchanges;
  Trades trades(exchanges);
  std::thread erasing([&] {
    for (int i = 0; i < 20'000; ++i) {
      (void)exchanges.insert(1, "one");
      (void)exchanges.erase(1);
    }
  });
  for (int i = 0; i < 20'000; ++i) {
    const auto trade = trades.insert(1, 1.0);
    if (!trade) continue;
    if (!exchanges.contains(1)) FAIL("a trade refers to an exchange that isn't there");
    trades.erase(*trade).value();
  }
  erasing.join();
}

TEST_CASE("keys from the caller's own function") {
  Odd odd;
  REQUIRE(odd.insert(5).value() % 2 == 1);
  REQUIRE(odd.insert(6).value() % 2 == 1);
  REQUIRE(odd.size() == 2);
}
