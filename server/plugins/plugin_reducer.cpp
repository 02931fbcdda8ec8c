#include <stdexcept>

#include "server/plugins/module.h"

// A plug-in's C functions as a reducer.
namespace laterbase::plugins {
namespace {

const auto append = [](void* context, const char* bytes, size_t size) {
  static_cast<std::string*>(context)->append(bytes, size);
};
const auto push = [](void* context, const char* bytes, size_t size) {
  static_cast<std::vector<std::string>*>(context)->emplace_back(bytes, size);
};

class Held final : public folds::State {
 public:
  Held(const laterbase_fold& fold, void* state) : fold_(fold), state_(state) {
    if (state == nullptr) throw std::runtime_error("the plug-in gives no state");
  }
  ~Held() override { fold_.destroy(state_); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  void* get() const noexcept { return state_; }

 private:
  const laterbase_fold& fold_;
  void* state_;
};

struct Read final : folds::Input {
  laterbase_event event{};
};

void* held(const folds::State& state) { return static_cast<const Held&>(state).get(); }

class PluginReducer final : public folds::Reducer {
 public:
  PluginReducer(std::shared_ptr<Module> module, const laterbase_fold& fold) : module_(std::move(module)), fold_(fold) {}

  std::uint64_t identity() const override { return module_->hash(); }

  std::unique_ptr<folds::Input> read(const Event& event) const override {
    auto read = std::make_unique<Read>();
    read->event = {event.key.high,     event.key.low,      event.key.time_ms(),
                   event.value.data(), event.value.size(), event.is_json ? 1 : 0};
    return read;
  }
  std::vector<std::string> keys_of(const folds::Input& input) const override {
    std::vector<std::string> keys;
    std::string words;
    const int status = fold_.keys(&static_cast<const Read&>(input).event, {push, &keys}, {append, &words});
    if (status == 1) throw folds::Undecodable(words);
    check(status, words);
    return keys;
  }
  std::unique_ptr<folds::State> initial(const std::string&) const override {
    return std::make_unique<Held>(fold_, fold_.initial());
  }
  std::unique_ptr<folds::State> copy(const folds::State& state) const override {
    return std::make_unique<Held>(fold_, fold_.copy(held(state)));
  }
  void apply(folds::State& state, const std::string&, const folds::Input& input) const override {
    std::string words;
    check(fold_.apply(held(state), &static_cast<const Read&>(input).event, {append, &words}), words);
  }
  std::string show(const folds::State& state) const override { return text(fold_.show, state); }
  std::string save(const folds::State& state) const override { return text(fold_.save, state); }
  std::unique_ptr<folds::State> load(std::string_view bytes) const override {
    return std::make_unique<Held>(fold_, fold_.load(bytes.data(), bytes.size()));
  }

 private:
  static void check(int status, const std::string& words) {
    if (status != 0) throw std::runtime_error(words.empty() ? "the plug-in says no more" : words);
  }
  static std::string text(decltype(laterbase_fold::show) function, const folds::State& state) {
    std::string out, words;
    check(function(held(state), {append, &out}, {append, &words}), words);
    return out;
  }

  std::shared_ptr<Module> module_;  // destroyed after all states: whoever has those has the reducer
  const laterbase_fold& fold_;
};

}  // namespace

std::shared_ptr<const folds::Reducer> reducer_of(std::shared_ptr<Module> module, const laterbase_fold& fold) {
  return std::make_shared<PluginReducer>(std::move(module), fold);
}

}  // namespace laterbase::plugins
