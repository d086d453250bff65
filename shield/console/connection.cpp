#include "shield/console/connection.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

namespace anchorhold::console {

using egress::ReadState;

Connection::Connection(EventLoop& loop, UniqueFd fd, std::string client, const Host& host)
    : loop_(&loop), fd_(std::move(fd)), client_(std::move(client)), host_(&host) {
    sender_.client = client_;
}

Result<> Connection::start() {
    auto watched = loop_->on_io(fd_.get(), EPOLLIN, [weak = weak_from_this()](std::uint32_t events) {
        if (const auto self = weak.lock())
            self->on_io(events);
    });
    if (!watched)
        return std::unexpected(watched.error());
    io_ = std::move(*watched);
    wait(host_->patience.request);
    return {};
}

void Connection::on_io(std::uint32_t events) {
    if ((events & EPOLLOUT) != 0)
        flush();
    if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0)
        receive();
    process();
}

void Connection::receive() {
    std::array<char, 16UL * 1024> buffer{};
    while (phase_ != Phase::closed) {
        const ssize_t got = recv(fd_.get(), buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0)
            return close();
        if (phase_ == Phase::stream || phase_ == Phase::last)
            continue;
        if (idle())
            wait(host_->patience.request);
        in_.append(buffer.data(), static_cast<std::size_t>(got));
        // No browser sends more than one request ahead; whoever does is cut off.
        if (in_.size() > kMaxHead + kMaxBody + buffer.size())
            return close();
    }
}

bool Connection::take_head() {
    switch (reader_.read(in_)) {
        case ReadState::need_more:
            if (in_.size() > kMaxHead)
                refuse({431, "The request's head is too long."}, false);
            return false;
        case ReadState::refused:
            refuse({reader_.refusal().status, reader_.refusal().sentence + "."}, false);
            return false;
        case ReadState::done:
            break;
    }
    const auto& head = reader_.head();
    const auto judged = judge(head, host_->origins);
    if (!judged) {
        refuse(judged.error(), head.target.starts_with("/api/"));
        return false;
    }
    route_ = *judged;
    head_size_ = reader_.consumed();
    body_size_ = static_cast<std::size_t>(head.body.length);
    keep_alive_ = head.keep_alive;
    const auto* origin = head.find(egress::FieldId::origin);
    sender_.origin = origin == nullptr ? std::string_view{} : origin->value;
    const auto* cookies = head.find("Cookie");
    sender_.session = cookies == nullptr ? std::string() : session_of(cookies->value);
    phase_ = Phase::body;
    return true;
}

void Connection::process() {
    // answer() may come from within handle() or later; either way the loop here goes on with the next request.
    if (std::exchange(processing_, true))
        return;
    while (out_.empty()) {
        if (phase_ == Phase::head && (in_.empty() || !take_head()))
            break;
        if (phase_ != Phase::body || in_.size() < head_size_ + body_size_)
            break;
        phase_ = Phase::asked;
        wait(host_->patience.answer);
        host_->handle(*this, *route_, std::string_view(in_).substr(head_size_, body_size_), sender_);
    }
    processing_ = false;
}

void Connection::answer(Answer answer) {
    if (phase_ != Phase::asked && phase_ != Phase::head)
        return;
    answer.close = answer.close || !keep_alive_;
    out_ += write_answer(answer, std::time(nullptr));
    if (phase_ == Phase::asked)
        in_.erase(0, head_size_ + body_size_);
    reader_.reset();
    phase_ = answer.close ? Phase::last : Phase::head;
    wait(host_->patience.write);
    flush();
    process();
}

void Connection::answer(Reply reply, std::string_view content_type) {
    const auto say = [content_type](Connection& to, const Reply& what) {
        to.answer({.status = what.status, .content_type = content_type, .text = what.text, .cookie = what.cookie});
    };
    if (reply.wait == std::chrono::seconds(0) || phase_ != Phase::asked)
        return say(*this, reply);
    auto timer = loop_->after(reply.wait, [weak = weak_from_this(), say, kept = std::move(reply)] {
        // The timer goes with the answer, and what it holds with it.
        const auto say_it = say;
        const Reply what = kept;
        if (const auto self = weak.lock())
            say_it(*self, what);
    });
    if (!timer)
        return close();
    timer_ = std::move(*timer);
}

void Connection::refuse(const Refused& refused, bool as_json) {
    const auto text = as_json ? error_json(refused.sentence) : refused.sentence + "\n";
    answer({.status = refused.status,
            .content_type = as_json ? "application/json" : "text/plain; charset=utf-8",
            .text = text,
            .allow = refused.allow,
            .close = true});
}

void Connection::start_stream(Text first, std::string session) {
    if (phase_ != Phase::asked)
        return;
    session_ = std::move(session);
    phase_ = Phase::stream;
    timer_ = Watch();
    in_.clear();
    out_ = write_stream_head(std::time(nullptr));
    next_event_ = std::move(first);
    flush();
}

void Connection::push(Text event) {
    if (phase_ != Phase::stream)
        return;
    next_event_ = std::move(event);
    flush();
}

void Connection::beat() {
    if (phase_ != Phase::stream || !out_.empty())
        return;
    out_ = ": still here\n\n";
    flush();
}

void Connection::flush() {
    while (phase_ != Phase::closed) {
        if (written_ == out_.size()) {
            out_.clear();
            written_ = 0;
            if (next_event_ != nullptr)
                out_ = *std::exchange(next_event_, nullptr);
            if (out_.empty())
                break;
        }
        const ssize_t sent = send(fd_.get(), out_.data() + written_, out_.size() - written_, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno == EAGAIN) {
            // Only once a blockage: a stream whose browser takes nothing must run out.
            if (!watching_write_)
                wait(host_->patience.write);
            return watch(true);
        }
        if (sent < 0)
            return close();
        written_ += static_cast<std::size_t>(sent);
    }
    if (phase_ == Phase::last) {
        // Whatever the browser still sends is read and dropped, so that the answer is not lost to a reset.
        shutdown(fd_.get(), SHUT_WR);
        return watch(false);
    }
    if (phase_ == Phase::closed)
        return;
    if (phase_ == Phase::stream)
        timer_ = Watch();
    if (phase_ == Phase::head)
        wait(host_->patience.idle);
    watch(false);
}

void Connection::watch(bool writable) {
    if (watching_write_ == writable)
        return;
    watching_write_ = writable;
    // The old watch goes first: epoll takes a descriptor once.
    io_ = Watch();
    auto watched = loop_->on_io(fd_.get(), writable ? EPOLLIN | EPOLLOUT : EPOLLIN,
                                [weak = weak_from_this()](std::uint32_t events) {
                                    if (const auto self = weak.lock())
                                        self->on_io(events);
                                });
    if (!watched)
        return close();
    io_ = std::move(*watched);
}

void Connection::wait(std::chrono::milliseconds patience) {
    auto timer = loop_->after(patience, [weak = weak_from_this()] {
        if (const auto self = weak.lock())
            self->run_out();
    });
    if (!timer)
        return close();
    timer_ = std::move(*timer);
}

void Connection::run_out() {
    if (phase_ != Phase::asked)
        return close();
    answer({.status = 504,
            .content_type = "application/json",
            .text = error_json("The gatekeeper took too long. Look at what still waits, and try again."),
            .close = true});
}

void Connection::close() {
    if (phase_ == Phase::closed)
        return;
    const auto self = shared_from_this();
    phase_ = Phase::closed;
    io_ = Watch();
    timer_ = Watch();
    fd_.reset();
    host_->closed(*this);
}

}  // namespace anchorhold::console
