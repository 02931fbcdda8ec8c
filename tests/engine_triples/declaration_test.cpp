#include <catch2/catch.hpp>

#include "tests/engine_triples/history.h"

// What declarations do: fields by number, renamed, hidden, shown again; strict and lax; dropped.
namespace laterbase::triples::tests {
namespace {

struct Fixture {
  PlainValues values;
  MemoryLog log;
  Store store{values, log};

  void post(std::uint64_t n, const std::string& facts) {
    store.apply(log.at(log.add(key_of(n), "{\"@tx\":[" + facts + "]}")));
    Delta delta;
    store.flush(delta);
  }
  void declare(std::uint64_t n, const std::string& columns, bool strict) {
    post(n, R"(["@table","t","definition",{"columns":[)" + columns + R"(],"strict":)" + (strict ? "true" : "false") +
                "}]");
  }
  std::string rows() const {
    std::string all;
    for (const auto& [row, weight] : rows_of(store, "t")) all += row + ";";
    return all;
  }
};

const std::string a = R"({"name":"a","number":1,"type":"text"})", b = R"({"name":"b","number":2,"type":"text"})";

TEST_CASE("a field keeps its values when its name changes, and when it was hidden for a while") {
  Fixture t;
  t.declare(1, a + "," + b, false);
  t.post(2, R"(["t","s","a","x"],["t","s","b","y"])");
  const std::string before = t.rows();
  t.declare(3, R"({"name":"c","number":1,"type":"text"},)" + b, false);
  CHECK(t.rows() == before);
  t.post(4, R"(["t","s","c","z"])");
  CHECK(t.rows().find('z') != std::string::npos);
  t.declare(5, b, false);
  CHECK(t.rows().find('z') == std::string::npos);
  t.declare(6, R"({"name":"c","number":1,"type":"text"},)" + b, false);
  CHECK(t.rows().find('z') != std::string::npos);
}

TEST_CASE("an old name written after a rename still means its field") {
  Fixture t;
  t.declare(1, a, true);
  t.declare(3, R"({"name":"c","number":1,"type":"text"})", true);
  t.post(4, R"(["t","s","a","late"])");
  CHECK(t.rows().find("late") != std::string::npos);
  CHECK(t.store.rejects().empty());
}

TEST_CASE("a lax table keeps what it can't show until a column is declared; a strict one rejects and lists") {
  Fixture lax, strict;
  lax.declare(1, a, false);
  lax.post(2, R"(["t","s","b","kept"])");
  CHECK(lax.store.table("t")->size() == 1);
  lax.declare(3, a + "," + b, false);
  CHECK(lax.rows().find("kept") != std::string::npos);

  strict.declare(1, a, true);
  strict.post(2, R"(["t","s","b","no"],["t","s2","a",7])");
  CHECK(strict.store.table("t")->size() == 0);
  CHECK(strict.store.rejects().size() == 2);
  strict.declare(3, a + "," + b, true);
  CHECK(strict.rows().find("no") != std::string::npos);
  CHECK(strict.store.rejects().size() == 1);
}

TEST_CASE("a row without a value where there has to be one stays out and is listed") {
  Fixture t;
  t.declare(1, a + R"(,{"name":"b","number":2,"type":"text","not_null":true})", true);
  t.post(2, R"(["t","s","a","x"])");
  CHECK(t.store.table("t")->size() == 0);
  CHECK(t.store.rejects().size() == 1);
  t.post(3, R"(["t","s","b","y"])");
  CHECK(t.store.table("t")->size() == 1);
  CHECK(t.store.rejects().empty());
}

TEST_CASE("a table that was dropped and made again is empty, also of what arrives late") {
  Fixture t;
  t.declare(1, a, false);
  t.post(2, R"(["t","s","a","x"])");
  t.post(5, R"(["@table","t","definition",null])");
  CHECK(t.store.table("t") == nullptr);
  t.declare(7, a, false);
  CHECK(t.store.table("t")->size() == 0);
  t.post(4, R"(["t","late","a","x"])");
  CHECK(t.store.table("t")->size() == 0);
  t.post(8, R"(["t","new","a","x"])");
  CHECK(t.store.table("t")->size() == 1);
}

TEST_CASE("declarations that can't be followed are passed over") {
  Fixture t;
  t.post(1, R"(["@table","t","definition",{"columns":7}])");
  CHECK(t.store.table("t") == nullptr);
  t.post(2, R"(["@table","t","definition",{"columns":[{"name":"a","number":1,"type":"nonsense"}]}])");
  CHECK(t.store.table("t") == nullptr);
  t.declare(3, a, false);
  t.post(4, R"(["@table","t","definition",{"columns":[{"name":"a","number":0,"type":"text"}]}])");
  REQUIRE(t.store.table("t") != nullptr);
  CHECK(t.store.table("t")->shape().columns.size() == 1);
}

}  // namespace
}  // namespace laterbase::triples::tests
