#include "tests/fuzz/small_engine.h"

// A definition as PUT /db/{db}/v/{view} has it, or as it arrives in an event from anywhere: it is refused, or the view
// shows what the same text answers as a query.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace laterbase;
  if (size > 4'096) return 0;
  fuzz::SmallEngine& small = fuzz::filled_engine();
  const views::ViewDefinition definition{{reinterpret_cast<const char*>(data), size}, {}};
  views::Engine& engine = small.engine();
  engine.forget_relations();
  const auto query = engine.bind_view(definition, true);
  engine.define_local("fuzzed", definition);
  const views::View* view = engine.view("fuzzed");
  LATERBASE_INVARIANT(view != nullptr, "it is there, if only to say why it shows nothing");
  LATERBASE_INVARIANT(view->running || view->build || !view->broken.empty(), "it is one of the three");
  LATERBASE_INVARIANT(query || !view->running, "what can't be bound does not run");
  if (query && view->running) {
    engine.forget_relations();
    const auto answer = engine.evaluate(*query);
    LATERBASE_INVARIANT(answer.has_value(), "the query has an answer too");
    LATERBASE_INVARIANT((*answer)->rows().size() == view->running->rows().size(), "of as many rows");
  }
  engine.drop_local("fuzzed");
  return 0;
}
