#include "tests/fuzz/small_engine.h"

// A text as POST /db/{db}/sql has it, through parser, binder, plan and circuit over a small database: an answer, or a
// refusal with a code of five letters and a sentence; and nothing of it stays.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace laterbase;
  if (size > 4'096) return 0;
  fuzz::SmallEngine& small = fuzz::filled_engine();
  {
    views::Session session(small.engine(), Ulid{1, 1}, {});
    const auto done = session.run({reinterpret_cast<const char*>(data), size}, {});
    if (!done) {
      LATERBASE_INVARIANT(done.error().sql.sqlstate.size() == 5, "a code");
      LATERBASE_INVARIANT(!done.error().message().empty(), "a sentence");
    }
  }
  LATERBASE_INVARIANT(small.engine().store().tables().size() == 2, "a trial ends");
  return 0;
}
