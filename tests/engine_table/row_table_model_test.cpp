#include <catch2/catch.hpp>

#include "tests/engine_table/model.h"
#include "tests/support/seed.h"

using namespace table_model;
using laterbase::BytesView;
using laterbase::Random;
using worktable::RowBuffer;
using worktable::RowTable;

namespace {

// Random operations on a table and on a std::map, with the answers compared.
class Run {
 public:
  Run(std::uint64_t seed, bool counted) : random_(seed), table_(schema(counted), {4096}) {}

  void step() {
    switch (random_.below(16)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
        return insert();
      case 5:
      case 6:
      case 7:
        return erase();
      case 8:
      case 9:
      case 10:
        return update();
      case 11:
        return look_up_exchange();
      case 12:
        return range_of_bids();
      case 13:
        return range_of_names();
      case 14:
        return random_.one_in(300) ? everything() : read();
      default:
        return random_.one_in(2000) ? vacuum() : read();
    }
  }

  void everything() {
    std::size_t rows = 0;
    table_.scan([&](BytesView bytes, worktable::Spot) {
      const auto item = unpack(table_.layout(), bytes);
      same(model_.at(item.id) == item);
      ++rows;
      return true;
    });
    same(rows == model_.size() && table_.rows() == model_.size());
    std::size_t seen = 0;
    const RowTable::Snapshot snapshot(table_);
    snapshot.scan([&](BytesView bytes, worktable::Spot) {
      const auto item = unpack(table_.layout(), bytes);
      same(model_.at(item.id) == item);
      return ++seen != 0;
    });
    same(seen == model_.size());
  }

 private:
  // One cheap check instead of a million assertions.
  static void same(bool good) {
    if (!good) FAIL("the table and its model differ");
  }

  // Close together, far apart, and beyond what an array of counted keys holds.
  std::uint64_t any_id() {
    const auto number = random_.below(3000);
    if (number % 7 == 0) return number << 30;
    return number % 11 == 0 ? number * 5000 : number;
  }
  Item any_item() {
    Item item;
    item.id = any_id();
    return change(item);
  }
  Item change(Item item) {
    item.exchange = static_cast<std::uint8_t>(random_.below(12));
    item.bid = static_cast<double>(random_.below(500)) - 250;
    if (random_.one_in(2))
      item.name = std::string(random_.below(random_.one_in(50) ? 900 : 40), static_cast<char>('a' + random_.below(3)));
    item.code = random_.one_in(3) ? std::nullopt : std::optional(static_cast<std::int32_t>(random_.below(5000)));
    item.level = static_cast<std::uint16_t>(random_.below(7));
    return item;
  }
  worktable::Key key(std::uint64_t number) {
    Item item;
    item.id = number;
    return table_.key_plan().make(pack(table_.layout(), item));
  }
  bool code_taken(const Item& item) {
    const auto found = codes_.find({item.code, item.name});
    return found != codes_.end() && found->second != item.id;
  }
  void put(const Item& item) {
    model_[item.id] = item;
    codes_[{item.code, item.name}] = item.id;
  }
  void drop(std::uint64_t number) {
    const auto at = model_.find(number);
    codes_.erase({at->second.code, at->second.name});
    model_.erase(at);
  }

  void insert() {
    const auto item = any_item();
    const bool should = !model_.contains(item.id) && !code_taken(item);
    same(table_.insert(pack(table_.layout(), item)).has_value() == should);
    if (should) put(item);
  }
  void erase() {
    const auto number = any_id();
    same(table_.erase(key(number)) == model_.contains(number));
    if (model_.contains(number)) drop(number);
  }
  void update() {
    const auto number = any_id();
    const auto at = model_.find(number);
    Item after;
    std::string bytes;
    const auto answer = table_.update(key(number), [&](BytesView row) -> laterbase::Result<BytesView> {
      after = change(unpack(table_.layout(), row));
      bytes = pack(table_.layout(), after);
      return BytesView(bytes);
    });
    if (at == model_.end()) return same(answer.has_value() && !*answer);
    same(answer.has_value() == !code_taken(after));
    if (!answer) return;
    drop(number);
    put(after);
  }
  void read() {
    const auto number = any_id();
    RowBuffer row;
    const bool found = table_.find(key(number), row);
    same(found == model_.contains(number));
    if (found) same(unpack(table_.layout(), row.bytes()) == model_[number]);
  }
  void look_up_exchange() {
    Item like;
    like.exchange = static_cast<std::uint8_t>(random_.below(12));
    std::set<std::uint64_t> found;
    table_.each_equal(by_exchange, table_.index_plan(by_exchange).make(pack(table_.layout(), like)),
                      [&](BytesView row, worktable::Spot) {
                        same(found.insert(unpack(table_.layout(), row).id).second);
                        return found.size() < 20;
                      });
    std::size_t expected = 0;
    for (const auto& [number, item] : model_) {
      expected += item.exchange == like.exchange ? 1 : 0;
      if (expected == 20) break;
    }
    same(found.size() == expected);
    for (const auto number : found) same(model_.at(number).exchange == like.exchange);
  }
  template <typename Inside, typename Less>
  void range(std::uint32_t index, const Item& low, const Item& high, Inside inside, Less less) {
    const auto& plan = table_.index_plan(index);
    const bool down = random_.one_in(2);
    std::vector<Item> found;
    table_.each_between(index, plan.make(pack(table_.layout(), low)), plan.make(pack(table_.layout(), high)), down,
                        [&](BytesView row, worktable::Spot) {
                          found.push_back(unpack(table_.layout(), row));
                          return true;
                        });
    std::size_t expected = 0;
    for (const auto& [number, item] : model_) expected += inside(item) ? 1 : 0;
    same(found.size() == expected);
    for (std::size_t i = 0; i < found.size(); ++i) {
      same(inside(found[i]));
      if (i > 0) same(down ? !less(found[i - 1], found[i]) : !less(found[i], found[i - 1]));
    }
  }
  void range_of_bids() {
    if (!random_.one_in(40)) return read();
    Item low, high;
    low.bid = static_cast<double>(random_.below(500)) - 250;
    high.bid = low.bid + static_cast<double>(random_.below(100));
    range(
        by_bid, low, high, [&](const Item& i) { return i.bid >= low.bid && i.bid <= high.bid; },
        [](const Item& a, const Item& b) { return a.bid < b.bid; });
  }
  void range_of_names() {
    if (!random_.one_in(40)) return read();
    Item low, high;
    low.name = std::string(random_.below(40), static_cast<char>('a' + random_.below(3)));
    high.name = low.name + std::string(random_.below(40), 'c');
    range(
        by_name, low, high, [&](const Item& i) { return i.name >= low.name && i.name <= high.name; },
        [](const Item& a, const Item& b) { return a.name < b.name; });
  }
  void vacuum() {
    // Rows move before their pages are given back, so memory may grow by a step; pages in use don't, but for the last.
    const auto before = table_.pages().use().pages;
    table_.vacuum();
    same(table_.pages().use().pages <= before + 1);
    everything();
  }

  Random random_;
  RowTable table_;
  std::map<std::uint64_t, Item> model_;
  std::map<std::pair<std::optional<std::int32_t>, std::string>, std::uint64_t> codes_;
};

}  // namespace

TEST_CASE("a million random operations give what a std::map gives") {
  const bool counted = GENERATE(false, true);
  CAPTURE(counted);
  const auto seed = laterbase::test_seed();
  CAPTURE(seed);
  Run run(seed, counted);
  for (int i = 0; i < (static_cast<int>(laterbase::test_size(500'000, 20'000'000))); ++i) run.step();
  run.everything();
}
