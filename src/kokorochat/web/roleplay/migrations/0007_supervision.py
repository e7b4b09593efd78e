"""What supervision needs: who came when, screenings, and reviews."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Min, OuterRef, Subquery

import kokorochat.web.roleplay.fields
from kokorochat.web.roleplay.actions.screening import judge


def fill(apps, schema_editor):
    """What can be known of the sessions that are there."""
    Event, Feedback, Screening, Session = (
        apps.get_model("roleplay", name) for name in ("Event", "Feedback", "Screening", "Session")
    )
    for role in ("counselor", "client"):
        of_role = Event.objects.filter(session=OuterRef("pk"), role=role).order_by()
        first = of_role.values("session").annotate(first=Min("at")).values("first")
        Session.objects.update(**{f"{role}_came_at": Subquery(first)})
    for feedback in Feedback.objects.iterator(chunk_size=500):
        said = Event.objects.filter(session_id=feedback.session_id)
        Screening.objects.create(
            session_id=feedback.session_id, changed_at=feedback.given_at, **judge(said, feedback.items, feedback.checks)
        )


class Migration(migrations.Migration):
    dependencies = [
        ("roleplay", "0006_repeated_alerts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="client_came_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="session",
            name="counselor_came_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("kinds", kokorochat.web.roleplay.fields.JSONTextField(default=list)),
                ("note", models.TextField(blank=True, max_length=1000)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reviews", to="roleplay.session"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Screening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reasons", kokorochat.web.roleplay.fields.JSONTextField(default=list)),
                ("value", models.PositiveSmallIntegerField()),
                ("alike", models.PositiveSmallIntegerField()),
                ("changed_at", models.DateTimeField()),
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="screening", to="roleplay.session"
                    ),
                ),
            ],
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
