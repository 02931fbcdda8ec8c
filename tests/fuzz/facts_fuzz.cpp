#include "engine/base/json_text.h"
#include "engine/base/log.h"
#include "tests/fuzz/small_engine.h"
#include "views/engine_reads.h"

// An event's JSON, facts and declarations in it, among others: whatever it says, tables and views go on; and in the
// end a fold of the log from its beginning shows the same rows.
namespace {

using namespace laterbase;

constexpr std::size_t events_a_log = 64;

std::string shown(const views::Engine& engine) {
  std::string text;
  engine.forget_relations();
  std::vector<std::string> names = engine.store().tables();
  for (const auto& [name, view] : engine.views()) names.push_back(name);
  for (const std::string& name : names) {
    const auto page = views::read_page(engine, Ulid{}, name, {});
    std::vector<std::string> lines;
    if (page)
      for (const ivm::Row& row : page->rows) lines.push_back(ivm::to_text(row.view(), page->schema));
    std::sort(lines.begin(), lines.end());
    text += name + (page ? ":" : " has no rows: " + page.error().message());
    for (const std::string& line : lines) text += "\n " + line;
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::SmallEngine* small = nullptr;
  const std::string value(reinterpret_cast<const char*>(data), size);
  if (size > 2'048 || !is_json(value)) return 0;
  if (small == nullptr) {
    log::set_level(log::Level::off);
    small = new fuzz::SmallEngine;
    fuzz::fill(*small);
  }
  small->add(value);
  if (small->log().size() < events_a_log) return 0;
  fuzz::SmallEngine fresh;
  for (const std::string& one : small->log()) fresh.add(one);
  LATERBASE_INVARIANT(shown(fresh.engine()) == shown(small->engine()), "the log decides");
  delete small;
  small = nullptr;
  return 0;
}
