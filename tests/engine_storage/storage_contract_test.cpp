#include <atomic>
#include <thread>

#include "tests/engine_storage/storage_kinds.h"
#include "tests/engine_storage/test_support.h"

using namespace laterbase;
using namespace laterbase::test;

namespace {

struct Stop : std::exception {};

void put_letters(WriteTxn& txn) {
  for (const char* letter : {"b", "d", "f"}) txn.put(table_a, letter, std::string("value of ") + letter);
}

std::string keys_of(ReadTxn& txn, TableId table) {
  std::string keys;
  auto cursor = txn.cursor(table);
  for (bool on = cursor->first(); on; on = cursor->next()) keys += std::string(cursor->key()) + ' ';
  return keys;
}

}  // namespace

TEST_CASE("a storage does what its contract says") {
  const auto& kind = storage_kinds()[GENERATE(range(std::size_t{0}, storage_kinds().size()))];
  INFO("storage: " << kind.name);
  const TemporaryDirectory directory;
  const auto storage = kind.open(directory.path());

  SECTION("it starts empty") {
    const auto txn = storage->read();
    REQUIRE(txn->count(table_a) == 0);
    REQUIRE_FALSE(txn->get(table_a, "x"));
    const auto cursor = txn->cursor(table_a);
    REQUIRE_FALSE(cursor->first());
    REQUIRE_FALSE(cursor->last());
    REQUIRE_FALSE(cursor->seek("x"));
  }

  SECTION("what was put is got, in its own table only, empty and zero bytes too") {
    const std::string zero("\0k\0", 3);
    storage->update([&](WriteTxn& txn) {
      txn.put(table_a, "k", "v");
      txn.put(table_b, zero, zero);
      txn.put(table_b, "empty", "");
      REQUIRE(*txn.get(table_a, "k") == "v");
    });
    const auto txn = storage->read();
    REQUIRE(*txn->get(table_a, "k") == "v");
    REQUIRE_FALSE(txn->get(table_b, "k"));
    REQUIRE(*txn->get(table_b, zero) == zero);
    REQUIRE(txn->get(table_b, "empty")->empty());
    REQUIRE(txn->count(table_a) == 1);
    REQUIRE(txn->count(table_b) == 2);
    REQUIRE(txn->count(table_c) == 0);
  }

  SECTION("keys of 511 bytes and values of megabytes fit; what can't be a key is in no table") {
    const std::string key(511, 'k'), value(3'000'000, 'v');
    storage->update([&](WriteTxn& txn) { txn.put(table_a, key, value); });
    const auto txn = storage->read();
    REQUIRE(*txn->get(table_a, key) == value);
    REQUIRE_FALSE(txn->get(table_a, std::string(512, 'k')));
    REQUIRE_FALSE(txn->get(table_a, ""));
  }

  SECTION("put replaces, insert does not, erase says whether there was one") {
    storage->update([](WriteTxn& txn) {
      REQUIRE(txn.insert(table_a, "k", "1"));
      REQUIRE_FALSE(txn.insert(table_a, "k", "2"));
      REQUIRE(*txn.get(table_a, "k") == "1");
      txn.put(table_a, "k", "a longer value");
      REQUIRE(*txn.get(table_a, "k") == "a longer value");
      REQUIRE(txn.erase(table_a, "k"));
      REQUIRE_FALSE(txn.erase(table_a, "k"));
      REQUIRE(txn.count(table_a) == 0);
    });
    REQUIRE(storage->read()->count(table_a) == 0);
  }

  SECTION("a cursor walks in order of unsigned bytes, both ways") {
    storage->update([](WriteTxn& txn) {
      put_letters(txn);
      txn.put(table_a, "\xff", "last");
    });
    const auto txn = storage->read();
    REQUIRE(keys_of(*txn, table_a) == "b d f \xff ");
    const auto cursor = txn->cursor(table_a);
    REQUIRE(cursor->seek("c"));
    REQUIRE(cursor->key() == "d");
    REQUIRE(cursor->value() == "value of d");
    REQUIRE(cursor->prev());
    REQUIRE(cursor->key() == "b");
    REQUIRE_FALSE(cursor->prev());
    REQUIRE(cursor->last());
    REQUIRE(cursor->key() == "\xff");
    REQUIRE_FALSE(cursor->next());
    REQUIRE(cursor->seek(""));
    REQUIRE(cursor->key() == "b");
    REQUIRE(cursor->seek("b"));
    REQUIRE(cursor->key() == "b");
    REQUIRE_FALSE(cursor->seek("\xff\x01"));
  }

  SECTION("a read transaction sees its moment, and the writer does not wait for it") {
    storage->update(put_letters);
    const auto before = storage->read();
    auto cursor = before->cursor(table_a);
    REQUIRE(cursor->first());
    storage->update([](WriteTxn& txn) {
      txn.put(table_a, "c", "new");
      txn.put(table_a, "d", "changed");
      REQUIRE(txn.erase(table_a, "f"));
    });
    REQUIRE(keys_of(*before, table_a) == "b d f ");
    REQUIRE(*before->get(table_a, "d") == "value of d");
    REQUIRE(cursor->next());
    REQUIRE(cursor->key() == "d");
    REQUIRE(keys_of(*storage->read(), table_a) == "b c d ");
  }

  SECTION("an exception aborts, and goes on to the caller") {
    storage->update(put_letters);
    REQUIRE_THROWS_AS(storage->update([](WriteTxn& txn) {
      txn.put(table_a, "x", "y");
      txn.erase(table_a, "b");
      throw Stop();
    }),
                      Stop);
    REQUIRE(keys_of(*storage->read(), table_a) == "b d f ");
    storage->update([](WriteTxn& txn) { txn.put(table_a, "z", ""); });
    REQUIRE(keys_of(*storage->read(), table_a) == "b d f z ");
  }

  SECTION("a cursor of a writer keeps its place by key while its transaction writes") {
    storage->update([](WriteTxn& txn) {
      put_letters(txn);
      const auto cursor = txn.cursor(table_a);
      REQUIRE(cursor->seek("d"));
      txn.put(table_a, "e", "");
      REQUIRE(cursor->next());
      REQUIRE(cursor->key() == "e");
      txn.erase(table_a, "e");
      REQUIRE(cursor->next());
      REQUIRE(cursor->key() == "f");
      txn.put(table_a, "e", "again");
      REQUIRE(cursor->prev());
      REQUIRE(cursor->key() == "e");
      REQUIRE(cursor->value() == "again");
    });
  }

  SECTION("append fills a table in ascending order") {
    storage->update([](WriteTxn& txn) {
      for (int i = 100; i < 1000; ++i) txn.append(table_c, std::to_string(i), std::to_string(i * i));
    });
    const auto txn = storage->read();
    REQUIRE(txn->count(table_c) == 900);
    REQUIRE(*txn->get(table_c, "567") == std::to_string(567 * 567));
  }

  SECTION("writers take turns, and readers see whole transactions") {
    std::atomic<bool> done = false;
    std::atomic<int> torn = 0;
    std::thread reader([&] {
      while (!done) {
        const auto txn = storage->read();
        if (txn->get(table_a, "n").value_or("0") != txn->get(table_b, "n").value_or("0")) ++torn;
      }
    });
    const auto count_up = [&] {
      for (int i = 0; i < 50; ++i)
        storage->update([](WriteTxn& txn) {
          const auto next = std::to_string(std::stoi(std::string(txn.get(table_a, "n").value_or("0"))) + 1);
          txn.put(table_a, "n", next);
          txn.put(table_b, "n", next);
        });
    };
    std::thread other(count_up);
    count_up();
    other.join();
    done = true;
    reader.join();
    REQUIRE(torn == 0);
    REQUIRE(*storage->read()->get(table_a, "n") == "100");
  }

  SECTION("stats count the readers") {
    REQUIRE(storage->stats().readers == 0);
    REQUIRE(storage->stats().oldest_reader_ms == 0);
    {
      const auto one = storage->read(), two = storage->read();
      REQUIRE(storage->stats().readers == 2);
      REQUIRE(storage->stats().oldest_reader_ms >= 0);
    }
    REQUIRE(storage->stats().readers == 0);
    storage->update(put_letters);
    REQUIRE(storage->stats().bytes_on_disk > 0);
    REQUIRE(storage->stats().bytes_map >= storage->stats().bytes_on_disk);
  }

  SECTION("a backup gives bytes, and a sink that throws ends it") {
    storage->update(put_letters);
    std::size_t bytes = 0;
    storage->backup([&](BytesView some) { bytes += some.size(); });
    REQUIRE(bytes > 0);
    REQUIRE_THROWS_AS(storage->backup([](BytesView) { throw Stop(); }), Stop);
    storage->update([](WriteTxn& txn) { txn.put(table_a, "after", ""); });
  }
}
