#include <catch2/catch.hpp>

#include "tests/tree_rules/rules.h"

using namespace laterbase::tree_rules;

namespace {

const std::string header = "#pragma once\n// What it is.\n";

// How many complaints, all of them about this place.
std::size_t complaints_at(const std::vector<Complaint>& complaints, const std::string& place) {
  for (const Complaint& complaint : complaints) {
    INFO(complaint.place << ": " << complaint.what);
    REQUIRE(complaint.place.starts_with(place));
  }
  return complaints.size();
}

// The includer and what it includes, both in the tree.
std::size_t complaints_about(const std::string& from, const std::string& to) {
  const Tree tree = {{from, "#include \"" + to + "\"\n"}, {to, header}};
  return complaints_at(check_includes(tree), from);
}

}  // namespace

TEST_CASE("the tree keeps its own rules") {
  const Tree tree = read_tree(".");
  REQUIRE(tree.contains("engine/base/bytes.h"));
  REQUIRE(tree.contains("tests/tree_rules/rules.cpp"));
  REQUIRE(tree.contains("dev"));
  for (const Complaint& complaint : check(tree)) FAIL_CHECK(complaint.place << ": " << complaint.what);
}

TEST_CASE("an include goes down or stays in its room") {
  CHECK(complaints_about("server/a.cpp", "engine/events/b.h") == 0);
  CHECK(complaints_about("server/a.cpp", "views/b.h") == 0);
  CHECK(complaints_about("engine/events/a.cpp", "engine/storage/b.h") == 0);
  CHECK(complaints_about("engine/base/a.cpp", "engine/base/b.h") == 0);
  CHECK(complaints_about("engine/events/a.cpp", "config/b.h") == 0);

  CHECK(complaints_about("engine/events/a.cpp", "server/b.h") == 1);
  CHECK(complaints_about("engine/base/a.cpp", "engine/storage/b.h") == 1);
  CHECK(complaints_about("engine/base/a.cpp", "config/b.h") == 1);
  CHECK(complaints_about("engine/storage/a.h", "engine/events/b.h") == 1);
  CHECK(complaints_about("engine/table/a.h", "engine/events/b.h") == 1);
  CHECK(complaints_about("engine/ivm/a.h", "engine/triples/b.h") == 1);
  CHECK(complaints_about("views/a.cpp", "sync/b.h") == 1);
  CHECK(complaints_about("sync/a.cpp", "views/b.h") == 1);
  CHECK(complaints_about("views/a.cpp", "server/b.h") == 1);
  CHECK(complaints_about("client/a.cpp", "server/b.h") == 1);
  CHECK(complaints_about("server/a.cpp", "tests/b.h") == 1);
}

TEST_CASE("a quoted include is a path from the root") {
  CHECK(complaints_at(check_includes({{"server/a.cpp", "#include \"../engine/base/b.h\"\n"}}), "server/a.cpp:1") == 1);
  CHECK(complaints_at(check_includes({{"server/a.cpp", "\n#include \"b.h\"\n"}, {"server/b.h", header}}),
                      "server/a.cpp:2") == 1);
}

TEST_CASE("few files see the large libraries") {
  const std::string lmdb = "#include <lmdb.h>\n";
  const std::string beast = "#include <boost/beast/http.hpp>\n";
  const std::string log = "#include <spdlog/spdlog.h>\n";

  CHECK(check_libraries({{"engine/storage/a.cpp", lmdb}, {"bench/http/a.cpp", lmdb}}).empty());
  CHECK(check_libraries({{"engine/storage/a.cpp", lmdb}, {"engine/storage/b.cpp", lmdb}}).size() == 1);
  CHECK(check_libraries({{"engine/events/a.cpp", lmdb}}).size() == 1);

  Tree tree = {{"server/a.cpp", beast}, {"server/b.cpp", beast}, {"server/c.h", beast}, {"client/a.cpp", beast}};
  CHECK(check_libraries(tree).empty());
  tree["server/d.cpp"] = beast;
  CHECK(complaints_at(check_libraries(tree), "server/") == 1);
  CHECK(check_libraries({{"engine/events/a.cpp", beast}}).size() == 1);

  CHECK(check_libraries({{"engine/base/a.cpp", log}}).empty());
  CHECK(check_libraries({{"server/a.cpp", log}}).size() == 1);
}

TEST_CASE("coroutines stay beside the sockets") {
  CHECK(check_libraries({{"server/a.cpp", "co_await x;\n"}}).empty());
  CHECK(check_libraries({{"engine/events/a.cpp", "co_await x;\n"}}).size() == 1);
}

TEST_CASE("lines and files are short, and say what is so") {
  CHECK(check_looks({{"a.cpp", std::string(120, 'x') + "\n"}}).empty());
  CHECK(check_looks({{"a.cpp", std::string(119, 'x') + "→\n"}}).empty());
  CHECK(complaints_at(check_looks({{"a.cpp", "\n" + std::string(121, 'x') + "\n"}}), "a.cpp:2") == 1);
  CHECK(complaints_at(check_looks({{"a.cpp", "x\ty\n"}}), "a.cpp:1") == 1);
  CHECK(complaints_at(check_looks({{"a.cpp",
                                    "// TO"
                                    "DO: x\n"}}),
                      "a.cpp:1") == 1);
  CHECK(complaints_at(check_looks({{"a.cpp",
                                    "throw x(\"not "
                                    "implemented\");\n"}}),
                      "a.cpp:1") == 1);

  std::string text;
  for (int i = 0; i < 400; ++i) text += "x\n";
  CHECK(check_looks({{"a.cpp", text}}).empty());
  CHECK(check_looks({{"a.cpp", text + "x\n"}}).size() == 1);
}

TEST_CASE("a header begins with pragma once and says what it is") {
  CHECK(check_looks({{"a.h", header}}).empty());
  CHECK(complaints_at(check_looks({{"a.h", "#pragma once\nint x;\n"}}), "a.h") == 1);
  CHECK(complaints_at(check_looks({{"a.h", "// What it is.\n"}}), "a.h") == 1);
  CHECK(check_looks({{"a.h", ""}}).size() == 2);
}

TEST_CASE("every folder of sources is built") {
  const std::string root = "add_subdirectory(server)\n";
  CHECK(check_registered({{"CMakeLists.txt", root}, {"server/CMakeLists.txt", ""}, {"server/a.cpp", ""}}).empty());
  CHECK(check_registered({{"CMakeLists.txt", root}, {"sync/CMakeLists.txt", ""}, {"sync/a.cpp", ""}}).size() == 1);
  const Tree nested = {{"server/CMakeLists.txt", "add_subdirectory(http)\n"}, {"server/http/CMakeLists.txt", ""}};
  Tree built = nested, forgotten = nested;
  built["server/http/a.cpp"] = forgotten["server/api/a.cpp"] = forgotten["server/api/CMakeLists.txt"] = "";
  CHECK(check_registered(built).empty());
  CHECK(check_registered(forgotten).size() == 1);
  CHECK(check_registered({{"tests/x/CMakeLists.txt", "laterbase_test(x)\n"}, {"tests/x/a.cpp", ""}}).empty());
  CHECK(check_registered({{"tests/x/CMakeLists.txt", "\n"}, {"tests/x/a.cpp", ""}}).size() == 1);
  CHECK(check_registered({{"tests/x/a.cpp", ""}}).size() == 1);
}
