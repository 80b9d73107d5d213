"""ARI's operations by repository and name: what ari-py read from Asterisk at run time, written down (Asterisk 22.10).

Facts only: method, path, parameters, what comes back. Knows no HTTP client.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `{names}` in `path` and the words of `query` are its parameters; `body` is the one sent as JSON.

    `returns` is ARI's model (`Channel`, `Bridge`…), of a list of them when `many`.
    """

    method: str
    path: str
    returns: str = ""
    query: tuple[str, ...] = ()
    body: str = ""
    many: bool = False


def _operation(method: str, path: str, returns: str = "", query: str = "", body: str = "") -> Operation:
    many = returns.startswith("List[")
    returns = returns.removeprefix("List[").removesuffix("]")
    return Operation(method, path, returns, tuple(query.split()), body, many)


OPERATIONS: dict[str, dict[str, Operation]] = {
    "applications": {
        "list": _operation("GET", "/applications", "List[Application]"),
        "get": _operation("GET", "/applications/{applicationName}", "Application"),
        "subscribe": _operation("POST", "/applications/{applicationName}/subscription", "Application", "eventSource"),
        "unsubscribe": _operation(
            "DELETE", "/applications/{applicationName}/subscription", "Application", "eventSource"
        ),
        "filter": _operation("PUT", "/applications/{applicationName}/eventFilter", "Application", body="filter"),
    },
    "asterisk": {
        "getObject": _operation("GET", "/asterisk/config/dynamic/{configClass}/{objectType}/{id}", "List[ConfigTuple]"),
        "updateObject": _operation(
            "PUT", "/asterisk/config/dynamic/{configClass}/{objectType}/{id}", "List[ConfigTuple]", body="fields"
        ),
        "deleteObject": _operation("DELETE", "/asterisk/config/dynamic/{configClass}/{objectType}/{id}"),
        "getInfo": _operation("GET", "/asterisk/info", "AsteriskInfo", "only"),
        "ping": _operation("GET", "/asterisk/ping", "AsteriskPing"),
        "listModules": _operation("GET", "/asterisk/modules", "List[Module]"),
        "getModule": _operation("GET", "/asterisk/modules/{moduleName}", "Module"),
        "loadModule": _operation("POST", "/asterisk/modules/{moduleName}"),
        "unloadModule": _operation("DELETE", "/asterisk/modules/{moduleName}"),
        "reloadModule": _operation("PUT", "/asterisk/modules/{moduleName}"),
        "listLogChannels": _operation("GET", "/asterisk/logging", "List[LogChannel]"),
        "addLog": _operation("POST", "/asterisk/logging/{logChannelName}", query="configuration"),
        "deleteLog": _operation("DELETE", "/asterisk/logging/{logChannelName}"),
        "rotateLog": _operation("PUT", "/asterisk/logging/{logChannelName}/rotate"),
        "getGlobalVar": _operation("GET", "/asterisk/variable", "Variable", "variable"),
        "setGlobalVar": _operation("POST", "/asterisk/variable", query="variable value"),
    },
    "bridges": {
        "list": _operation("GET", "/bridges", "List[Bridge]"),
        "create": _operation("POST", "/bridges", "Bridge", "type bridgeId name", body="variables"),
        "createWithId": _operation("POST", "/bridges/{bridgeId}", "Bridge", "type name", body="variables"),
        "get": _operation("GET", "/bridges/{bridgeId}", "Bridge"),
        "destroy": _operation("DELETE", "/bridges/{bridgeId}"),
        "getBridgeVar": _operation("GET", "/bridges/{bridgeId}/variable", "Variable", "variable"),
        "setBridgeVar": _operation("POST", "/bridges/{bridgeId}/variable", query="variable value report_events"),
        "getBridgeVars": _operation("GET", "/bridges/{bridgeId}/variables", "Variables", "variables"),
        "setBridgeVars": _operation("POST", "/bridges/{bridgeId}/variables", body="variables"),
        "addChannel": _operation(
            "POST", "/bridges/{bridgeId}/addChannel", query="channel role absorbDTMF mute inhibitConnectedLineUpdates"
        ),
        "removeChannel": _operation("POST", "/bridges/{bridgeId}/removeChannel", query="channel"),
        "setVideoSource": _operation("POST", "/bridges/{bridgeId}/videoSource/{channelId}"),
        "clearVideoSource": _operation("DELETE", "/bridges/{bridgeId}/videoSource"),
        "startMoh": _operation("POST", "/bridges/{bridgeId}/moh", query="mohClass"),
        "stopMoh": _operation("DELETE", "/bridges/{bridgeId}/moh"),
        "play": _operation(
            "POST", "/bridges/{bridgeId}/play", "Playback", "media announcer_format lang offsetms skipms playbackId"
        ),
        "playWithId": _operation(
            "POST", "/bridges/{bridgeId}/play/{playbackId}", "Playback", "media announcer_format lang offsetms skipms"
        ),
        "record": _operation(
            "POST",
            "/bridges/{bridgeId}/record",
            "LiveRecording",
            "name format recorder_format maxDurationSeconds maxSilenceSeconds ifExists beep terminateOn",
        ),
    },
    "channels": {
        "list": _operation("GET", "/channels", "List[Channel]"),
        "originate": _operation(
            "POST",
            "/channels",
            "Channel",
            "endpoint extension context priority label app appArgs callerId timeout channelId otherChannelId originator"
            " formats",
            body="variables",
        ),
        "create": _operation(
            "POST",
            "/channels/create",
            "Channel",
            "endpoint app appArgs channelId otherChannelId originator formats",
            body="variables",
        ),
        "get": _operation("GET", "/channels/{channelId}", "Channel"),
        "originateWithId": _operation(
            "POST",
            "/channels/{channelId}",
            "Channel",
            "endpoint extension context priority label app appArgs callerId timeout otherChannelId originator formats",
            body="variables",
        ),
        "hangup": _operation("DELETE", "/channels/{channelId}", query="reason_code reason"),
        "continueInDialplan": _operation(
            "POST", "/channels/{channelId}/continue", query="context extension priority label"
        ),
        "move": _operation("POST", "/channels/{channelId}/move", query="app appArgs"),
        "redirect": _operation("POST", "/channels/{channelId}/redirect", query="endpoint"),
        "answer": _operation("POST", "/channels/{channelId}/answer"),
        "ring": _operation("POST", "/channels/{channelId}/ring"),
        "ringStop": _operation("DELETE", "/channels/{channelId}/ring"),
        "progress": _operation("POST", "/channels/{channelId}/progress"),
        "sendDTMF": _operation("POST", "/channels/{channelId}/dtmf", query="dtmf before between duration after"),
        "mute": _operation("POST", "/channels/{channelId}/mute", query="direction"),
        "unmute": _operation("DELETE", "/channels/{channelId}/mute", query="direction"),
        "hold": _operation("POST", "/channels/{channelId}/hold"),
        "unhold": _operation("DELETE", "/channels/{channelId}/hold"),
        "startMoh": _operation("POST", "/channels/{channelId}/moh", query="mohClass"),
        "stopMoh": _operation("DELETE", "/channels/{channelId}/moh"),
        "startSilence": _operation("POST", "/channels/{channelId}/silence"),
        "stopSilence": _operation("DELETE", "/channels/{channelId}/silence"),
        "play": _operation("POST", "/channels/{channelId}/play", "Playback", "media lang offsetms skipms playbackId"),
        "playWithId": _operation(
            "POST", "/channels/{channelId}/play/{playbackId}", "Playback", "media lang offsetms skipms"
        ),
        "record": _operation(
            "POST",
            "/channels/{channelId}/record",
            "LiveRecording",
            "name format maxDurationSeconds maxSilenceSeconds ifExists beep terminateOn",
        ),
        "getChannelVar": _operation("GET", "/channels/{channelId}/variable", "Variable", "variable"),
        "setChannelVar": _operation("POST", "/channels/{channelId}/variable", query="variable value report_events"),
        "getChannelVars": _operation("GET", "/channels/{channelId}/variables", "Variables", "variables"),
        "setChannelVars": _operation("POST", "/channels/{channelId}/variables", body="variables"),
        "snoopChannel": _operation("POST", "/channels/{channelId}/snoop", "Channel", "spy whisper app appArgs snoopId"),
        "snoopChannelWithId": _operation(
            "POST", "/channels/{channelId}/snoop/{snoopId}", "Channel", "spy whisper app appArgs"
        ),
        "dial": _operation("POST", "/channels/{channelId}/dial", query="caller timeout"),
        "rtpstatistics": _operation("GET", "/channels/{channelId}/rtp_statistics", "RTPstat"),
        "externalMedia": _operation(
            "POST",
            "/channels/externalMedia",
            "Channel",
            "channelId app external_host encapsulation transport connection_type format direction data transport_data",
            body="variables",
        ),
        "transfer_progress": _operation("POST", "/channels/{channelId}/transfer_progress", query="states"),
    },
    "deviceStates": {
        "list": _operation("GET", "/deviceStates", "List[DeviceState]"),
        "get": _operation("GET", "/deviceStates/{deviceName}", "DeviceState"),
        "update": _operation("PUT", "/deviceStates/{deviceName}", query="deviceState"),
        "delete": _operation("DELETE", "/deviceStates/{deviceName}"),
    },
    "endpoints": {
        "list": _operation("GET", "/endpoints", "List[Endpoint]"),
        "sendMessage": _operation("PUT", "/endpoints/sendMessage", query="to from body", body="variables"),
        "refer": _operation("POST", "/endpoints/refer", query="to from refer_to to_self", body="variables"),
        "listByTech": _operation("GET", "/endpoints/{tech}", "List[Endpoint]"),
        "get": _operation("GET", "/endpoints/{tech}/{resource}", "Endpoint"),
        "sendMessageToEndpoint": _operation(
            "PUT", "/endpoints/{tech}/{resource}/sendMessage", query="from body", body="variables"
        ),
        "referToEndpoint": _operation(
            "POST", "/endpoints/{tech}/{resource}/refer", query="from refer_to to_self", body="variables"
        ),
    },
    "events": {
        "userEvent": _operation("POST", "/events/user/{eventName}", query="application source", body="variables"),
        "claimChannel": _operation("POST", "/events/claim", query="channelId application"),
    },
    "mailboxes": {
        "list": _operation("GET", "/mailboxes", "List[Mailbox]"),
        "get": _operation("GET", "/mailboxes/{mailboxName}", "Mailbox"),
        "update": _operation("PUT", "/mailboxes/{mailboxName}", query="oldMessages newMessages"),
        "delete": _operation("DELETE", "/mailboxes/{mailboxName}"),
    },
    "playbacks": {
        "get": _operation("GET", "/playbacks/{playbackId}", "Playback"),
        "stop": _operation("DELETE", "/playbacks/{playbackId}"),
        "control": _operation("POST", "/playbacks/{playbackId}/control", query="operation"),
    },
    "recordings": {
        "listStored": _operation("GET", "/recordings/stored", "List[StoredRecording]"),
        "getStored": _operation("GET", "/recordings/stored/{recordingName}", "StoredRecording"),
        "deleteStored": _operation("DELETE", "/recordings/stored/{recordingName}"),
        "getStoredFile": _operation("GET", "/recordings/stored/{recordingName}/file", "binary"),
        "copyStored": _operation(
            "POST", "/recordings/stored/{recordingName}/copy", "StoredRecording", "destinationRecordingName"
        ),
        "getLive": _operation("GET", "/recordings/live/{recordingName}", "LiveRecording"),
        "cancel": _operation("DELETE", "/recordings/live/{recordingName}"),
        "stop": _operation("POST", "/recordings/live/{recordingName}/stop"),
        "pause": _operation("POST", "/recordings/live/{recordingName}/pause"),
        "unpause": _operation("DELETE", "/recordings/live/{recordingName}/pause"),
        "mute": _operation("POST", "/recordings/live/{recordingName}/mute"),
        "unmute": _operation("DELETE", "/recordings/live/{recordingName}/mute"),
    },
    "sounds": {
        "list": _operation("GET", "/sounds", "List[Sound]", "lang format"),
        "get": _operation("GET", "/sounds/{soundId}", "Sound"),
    },
}
