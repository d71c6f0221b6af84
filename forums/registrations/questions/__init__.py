"""What the organiser asks besides name and address: questions, their choices, and what people answered.

An answer outlives the form: a question that was answered is archived, never deleted, and keeps its kind. A choice may
have places of its own, taken like all others by places.py. QuestionFields (forms.py) puts the questions into any form.
"""
