#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "engine/folds/listed.h"
#include "server/plugins/module.h"

// A plug-in tried out in a child process, so that what it does there to itself it does to nobody else.
namespace laterbase::plugins {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto longest_trial = 10s;
constexpr auto enough_folding = 4s;  // of all folds, each way
constexpr std::size_t most_words = 64 << 10;

Error refused(std::string words) { return {ErrorCode::invalid, std::move(words)}; }

std::string trouble_of(int status, const std::string& words, const char* what) {
  return status == 0 ? "" : fmt::format("its {} fails: {}", what, words);
}

const auto put_text = [](void* context, const char* bytes, size_t size) {
  static_cast<std::string*>(context)->append(bytes, size);
};

// A state is made, shown, saved, loaded, copied and destroyed.
std::string try_fold(const laterbase_fold& fold) {
  std::string text, saved, words;
  const laterbase_sink to_words{put_text, &words};
  void* state = fold.initial();
  if (state == nullptr) return "its initial() gives nothing";
  std::string trouble = trouble_of(fold.show(state, {put_text, &text}, to_words), words, "show()");
  if (trouble.empty()) trouble = trouble_of(fold.save(state, {put_text, &saved}, to_words), words, "save()");
  void* copy = fold.copy(state);
  void* loaded = trouble.empty() ? fold.load(saved.data(), saved.size()) : nullptr;
  if (trouble.empty() && loaded == nullptr) trouble = "its load() can't read what its save() wrote";
  if (loaded != nullptr) fold.destroy(loaded);
  if (copy != nullptr) fold.destroy(copy);
  fold.destroy(state);
  return trouble;
}

std::vector<Event> in_arrival_order(const TrialEvents& events, bool backwards) {
  std::vector<Event> entries;
  entries.reserve(events.events.size());
  for (const TrialEvents::One& one : events.events) {
    Event event;
    event.key = one.key;
    event.value = one.value;
    event.is_json = one.is_json;
    entries.push_back(event);
  }
  if (backwards) std::reverse(entries.begin(), entries.end());
  return entries;
}

void fold_all(const std::shared_ptr<const folds::Reducer>& reducer, const TrialEvents& events, bool backwards,
              Clock::time_point deadline) {
  constexpr std::size_t events_a_flush = 64;
  const auto nobody_reads = [](const std::string&, const std::string*) {};
  folds::ListedEvents log(in_arrival_order(events, backwards));
  auto fold = std::make_unique<folds::Fold>(reducer, log);
  for (const Event& event : log.entries()) {
    fold->apply(event);
    if (event.lc % events_a_flush == 0) fold->flush(nobody_reads);
    if (Clock::now() > deadline) break;
  }
  fold->flush(nobody_reads);
  const std::string saved = fold->save();
  fold = std::make_unique<folds::Fold>(reducer, log);
  if (!saved.empty() && fold->load(saved)) fold->flush(nobody_reads);
}

// Only these descriptors, and the first three, stay open.
void close_others(int one, int other) {
  const auto first = static_cast<unsigned>(std::min(one, other)), second = static_cast<unsigned>(std::max(one, other));
  if (first > 3) close_range(3, first - 1, 0);
  if (second > first + 1) close_range(first + 1, second - 1, 0);
  close_range(second + 1, ~0U, 0);
}

struct Said {
  bool good = false;
  std::string words;
};
using Trial = std::function<Said()>;

// In the child: says what comes of it into the pipe, and ends.
[[noreturn]] void run_trial(const Image& image, int pipe, const char* doing, const Trial& trial) {
  close_others(pipe, image.descriptor());
  for (const int signal : {SIGSEGV, SIGABRT, SIGTERM, SIGINT}) ::signal(signal, SIG_DFL);
  Said said;
  try {
    said = trial();
  } catch (...) {
    said.words = fmt::format("{} throws", doing);
  }
  said.words.resize(std::min(said.words.size(), most_words));
  const auto written = write(pipe, said.words.data(), said.words.size());
  _exit(written < 0 ? 2 : said.good ? 0 : 1);
}

// All that the child says until it ends, or its time is over.
std::string listen(int pipe) {
  const auto deadline = Clock::now() + longest_trial;
  std::string words;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd waits{pipe, POLLIN, 0};
    if (left.count() <= 0 || poll(&waits, 1, static_cast<int>(left.count())) <= 0) return words;
    char bytes[4096];
    const auto count = read(pipe, bytes, sizeof bytes);
    if (count <= 0 || words.size() > most_words) return words;
    words.append(bytes, static_cast<std::size_t>(count));
  }
}

// What the trial says in a child process; `doing`: how people call it.
Result<std::string> in_a_child(const Image& image, const char* doing, const Trial& trial) {
  int pipe[2];
  if (pipe2(pipe, O_CLOEXEC) != 0) return refused(std::strerror(errno));
  const pid_t child = fork();
  if (child == 0) run_trial(image, pipe[1], doing, trial);
  close(pipe[1]);
  const std::string words = child < 0 ? std::string(std::strerror(errno)) : listen(pipe[0]);
  close(pipe[0]);
  if (child < 0) return refused(words);
  int status = 0;
  const bool over = waitpid(child, &status, WNOHANG) == 0 && (usleep(100'000), waitpid(child, &status, WNOHANG) == 0);
  if (over) {
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return refused(fmt::format("{} takes more than {} s", doing, longest_trial / 1s));
  }
  if (WIFSIGNALED(status)) return refused(fmt::format("{} ends with {}", doing, strsignal(WTERMSIG(status))));
  if (WEXITSTATUS(status) != 0) return refused(words.empty() ? fmt::format("{} ends the process", doing) : words);
  return words;
}

}  // namespace

Result<std::set<std::string>> try_out(const std::shared_ptr<Image>& image) {
  const auto said = in_a_child(*image, "loading it", [&]() -> Said {
    const auto module = Module::load(image);
    if (!module) return {false, module.error().detail};
    const laterbase_plugin& plugin = (*module)->plugin();
    std::string databases;
    for (std::size_t i = 0; i < plugin.fold_count; ++i) {
      if (std::string trouble = try_fold(plugin.folds[i]); !trouble.empty()) return {false, std::move(trouble)};
      databases += std::string(plugin.folds[i].database) + "\n";
    }
    return {true, std::move(databases)};
  });
  if (!said) return said.error();
  std::set<std::string> databases;
  for (std::size_t begin = 0; begin < said->size();) {
    const std::size_t end = std::min(said->find('\n', begin), said->size());
    databases.insert(said->substr(begin, end - begin));
    begin = end + 1;
  }
  return databases;
}

Result<void> try_with_events(const std::shared_ptr<Image>& image, const std::map<std::string, TrialEvents>& events) {
  const auto said = in_a_child(*image, "folding this node's last events with it", [&]() -> Said {
    const auto module = Module::load(image);
    if (!module) return {false, module.error().detail};
    const laterbase_plugin& plugin = (*module)->plugin();
    for (const bool backwards : {false, true}) {
      const auto deadline = Clock::now() + enough_folding;
      for (std::size_t i = 0; i < plugin.fold_count && Clock::now() < deadline; ++i) {
        const auto found = events.find(plugin.folds[i].database);
        if (found != events.end()) fold_all(reducer_of(*module, plugin.folds[i]), found->second, backwards, deadline);
      }
    }
    return {true, ""};
  });
  if (!said) return said.error();
  return {};
}

}  // namespace laterbase::plugins
