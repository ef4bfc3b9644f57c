"""Identity check, mode 2: a computer, a reader, a camera and face comparison at the desk."""

from __future__ import annotations

from exam_appliance.readiness.device_points import largest_picture, present_point
from exam_appliance.readiness.finding import Finding, Point, State, Text, found
from exam_appliance.readiness.machine_points import picture_point
from exam_appliance.readiness.sources import DeviceFacts, Missing, ServiceFacts, Sources
from exam_appliance.readiness.standard import Row

ROWS = ("site.identity.desk",)

_READER = Text("身份证阅读器", "ID-card reader")
_CAMERA = Text("摄像头", "camera")


async def check(row: Row, sources: Sources) -> Finding:
    """Measure and compare."""
    return judge(row, sources.devices, sources.face)


def judge(row: Row, devices: tuple[DeviceFacts, ...] | Missing, face: ServiceFacts | None) -> Finding:
    """Compare the devices of identity desks and the face service with the row."""
    points = [
        present_point(
            _READER,
            _at_desks(devices, "id_card"),
            Text("请接好身份证阅读器，并绑定到核验台", "plug a reader in and bind it to the identity desk"),
        ),
        _camera_point(row, _at_desks(devices, "camera")),
    ]
    if face is None:
        points.append(
            Point(
                Text("人像对比服务", "face comparison"),
                Text("未接入人像对比服务", "no face comparison service is connected"),
                State.UNKNOWN,
                Text(
                    "采用方式二的请接入人像对比服务，或附采购合同申报",
                    "for mode 2 connect a face comparison service, or declare with its contract",
                ),
            )
        )
    else:
        state = State.PASS if face.works else State.FAIL
        points.append(Point(Text("人像对比服务", "face comparison"), face.name, state, face.trouble))
    points.append(
        Point(
            Text("核验计算机", "computer of the desk"),
            Text("核验计算机须申报", "the desk's computer needs a declaration"),
            State.UNKNOWN,
            Text(
                "请附核验台计算机的配置截图申报（不低于监考机）",
                "declare the desk's computer with a screenshot (no less than the invigilator machine)",
            ),
        )
    )
    return found(points)


def _at_desks(devices: tuple[DeviceFacts, ...] | Missing, kind: str) -> list[DeviceFacts] | Missing:
    """Return the devices of a kind: those bound to desks, and those not bound at all."""
    if isinstance(devices, Missing):
        return devices
    there = [one for one in devices if one.kind == kind and one.state != "absent"]
    desks = [one for one in there if any(role.id.startswith("desk-") for role in one.roles)]
    return desks or [one for one in there if not one.roles]


def _camera_point(row: Row, cameras: list[DeviceFacts] | Missing) -> Point:
    present = present_point(
        _CAMERA,
        cameras,
        Text("请接好摄像头，并绑定到核验台", "plug a camera in and bind it to the identity desk"),
    )
    if present.state is not State.PASS or isinstance(cameras, Missing):
        return present
    pictures = [size for one in cameras if one.works and (size := largest_picture(one.facts)) is not None]
    if not pictures:
        return Point(
            _CAMERA,
            Text("摄像头分辨率未知", "the camera tells no size"),
            State.UNKNOWN,
            Text("请在“设备”页面自检摄像头", "run the camera's self-test on the devices page"),
        )
    best = max(pictures, key=lambda size: size.width * size.height)
    measured = picture_point(_CAMERA, best, row.limits.megapixels or 0)
    shown = Text(
        f"{present.measured.zh} {measured.measured.zh}", f"{present.measured.en} {measured.measured.en}"
    )
    return Point(_CAMERA, shown, measured.state, measured.todo)
