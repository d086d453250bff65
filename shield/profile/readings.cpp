#include "shield/profile/readings.hpp"

#include <algorithm>
#include <utility>

#include "base/utf8.hpp"
#include "shield/profile/compatible.hpp"
#include "shield/profile/request_path.hpp"

namespace anchorhold::profile {
namespace {

// Every part between slashes, each as `change` makes it.
template <class Change>
std::string each_part(std::string_view path, Change change) {
    std::string out;
    out.reserve(path.size());
    for (std::size_t start = 0; start <= path.size();) {
        const std::size_t end = std::min(path.find('/', start), path.size());
        out += change(path.substr(start, end - start));
        if (end != path.size())
            out += '/';
        start = end + 1;
    }
    return out;
}

std::string slashes(std::string_view path) {
    std::string out;
    out.reserve(path.size());
    for (std::size_t i = 0; i < path.size(); ++i) {
        const std::string_view rest = path.substr(i, 3);
        const bool slash = rest == "%2F" || rest == "%2f";
        out.push_back(slash ? '/' : path[i]);
        i += slash ? 2 : 0;
    }
    return out;
}

std::string forward_slashes(std::string_view path) {
    std::string out(path);
    std::ranges::replace(out, '\\', '/');
    return out;
}

std::string latin1(std::string_view path) {
    return valid_utf8(path) ? std::string(path) : from_latin1(path);
}

std::string cut(std::string_view path) {
    return std::string(path.substr(0, path.find_first_of("?#")));
}

std::string cut_parts(std::string_view path) {
    return each_part(path, [](std::string_view part) { return part.substr(0, part.find_first_of("?#")); });
}

std::string without_parameters(std::string_view path) {
    return each_part(path, [](std::string_view part) { return part.substr(0, part.find(';')); });
}

// `of_dots`: what becomes of "..." and longer.
std::string trimmed_parts(std::string_view path, std::string_view of_dots) {
    return each_part(path, [&](std::string_view part) {
        if (part.contains(":$"))  // "users::$DATA", "users:$I30:$INDEX_ALLOCATION"
            part = part.substr(0, part.find(':'));
        part = part.substr(0, part.find_last_not_of(' ') + 1);
        const std::size_t last = part.find_last_not_of(". ");
        if (last == std::string_view::npos)
            return part == "." || part == ".." || part.empty() ? part : of_dots;
        return part.substr(0, last + 1);
    });
}

std::string trimmed(std::string_view path) {
    return trimmed_parts(path, "");
}

std::string trimmed_upward(std::string_view path) {
    return trimmed_parts(path, "..");
}

std::string merged(std::string_view path) {
    std::string out;
    out.reserve(path.size());
    for (const char c : path)
        if (c != '/' || !out.ends_with('/'))
            out.push_back(c);
    return out;
}

// "//name/x" is "/x" to whoever takes a target for a reference to another host (RFC 3986 section 4.2).
std::string without_authority(std::string_view path) {
    if (!path.starts_with("//"))
        return std::string(path);
    const std::size_t end = path.find('/', 2);
    return end == std::string_view::npos ? "/" : std::string(path.substr(end));
}

// RFC 3986 section 5.2.4; nothing where it climbs above the root.
std::string resolved(std::string_view path) {
    std::string out;
    for (std::size_t start = 1; start <= path.size();) {
        const std::size_t end = std::min(path.find('/', start), path.size());
        const std::string_view part = path.substr(start, end - start);
        const bool last = end == path.size();
        start = end + 1;
        if (part == "..") {
            if (out.empty())
                return {};
            out.resize(out.rfind('/'));
        } else if (part != ".") {
            out += '/';
            out += part;
            continue;
        }
        if (last)
            out += '/';
    }
    return out.empty() ? "/" : out;
}

struct Way {
    std::string_view how;
    std::string (*read)(std::string_view path);
};

constexpr Way kWays[] = {
    {"%2f as a slash", slashes},                             // most frameworks, before or behind routing
    {"decoded once more", decoded},                          // a proxy and the server behind it, each once
    {"backslashes as slashes", forward_slashes},             // IIS, WHATWG URL
    {"in plain letters", in_ascii},                          // fullwidth dots and letters, overlong UTF-8
    {"as Latin-1", latin1},                                  // what is not UTF-8
    {"cut at ? or #", cut},                                  // proxies that decode first and parse then
    {"its parts cut at ? or #", cut_parts},                  //
    {"without parameters", without_parameters},              // servlet containers
    {"without dots and spaces behind its parts", trimmed},   // Windows
    {"with ... as ..", trimmed_upward},                      //
    {"// as one slash", merged},                             // nginx and most others
    {"what stands behind // as a host", without_authority},  // URL parsers given a target
    {"dot segments resolved", resolved},                     //
};

bool has_one_reading(std::string_view path) {
    char before = 0;
    for (const char c : path) {
        if (static_cast<unsigned char>(c) >= 0x80 || std::string_view("%;?#\\").contains(c))
            return false;
        if ((c == '/' && (before == '/' || before == '.' || before == ' ')) || (c == '$' && before == ':'))
            return false;
        before = c;
    }
    return before != '.' && before != ' ';
}

std::unexpected<std::string> no(std::string_view why) {
    return std::unexpected(std::string(why));
}

bool has_control(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

std::expected<std::vector<Reading>, std::string> other_readings(std::string_view path) {
    std::vector<Reading> found;
    if (has_one_reading(path))
        return found;
    found.push_back({std::string(path), {}, {}});
    for (std::size_t i = 0; i < found.size(); ++i)
        for (const Way& way : kWays) {
            std::string read = way.read(found[i].path);
            if (read.empty())
                return no("the path climbs above its root");
            if (std::ranges::contains(found, read, &Reading::path))
                continue;
            if (has_control(read))
                return no("the path hides a control character");
            if (found.size() > kMaxReadings)
                return no("servers could read the path in more ways than can be judged");
            // What else is made of it is not the path that a rule with parameters speaks of.
            std::string uncut;
            if (way.read == without_parameters)
                uncut = found[i].uncut.empty() ? found[i].path : found[i].uncut;
            else if (way.read == merged)
                uncut = merged(found[i].uncut);
            std::string how = found[i].how.empty() ? "" : found[i].how + ", ";
            found.push_back({std::move(read), std::move(uncut), how.append(way.how)});
        }
    found.erase(found.begin());
    return found;
}

std::vector<std::string_view> aliases(std::string_view path) {
    std::vector<std::string_view> found;
    const std::string_view bare = path.substr(0, path.find_last_not_of('/') + 1);
    if (bare.empty())
        return found;
    if (bare.size() != path.size())
        found.push_back(bare);
    const std::size_t name = bare.rfind('/') + 1;
    // The first dot of the last part, and the last one: "users.tar.gz" is "users.tar" and "users".
    for (const std::size_t dot : {bare.rfind('.'), bare.find('.', name + 1)})
        if (dot != std::string_view::npos && dot > name)
            found.push_back(bare.substr(0, dot));
    return found;
}

}  // namespace anchorhold::profile
